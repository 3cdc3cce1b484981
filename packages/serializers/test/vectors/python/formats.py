"""Bytes to values and back, as Python's libraries have them."""

import json

import cbor2
import msgpack
from notation import Tagged, Undefined

TIMESTAMP_AS_DATETIME = 3


class Json:
    @staticmethod
    def decode(encoded):
        return json.loads(encoded.decode("utf-8"))

    @staticmethod
    def encode(value):
        return json.dumps(value, allow_nan=False).encode("ascii")


class Msgpack:
    @staticmethod
    def unpacker():
        return msgpack.Unpacker(
            timestamp=TIMESTAMP_AS_DATETIME,
            strict_map_key=False,
            ext_hook=lambda kind, content: Tagged("$ext", kind, content),
        )

    @classmethod
    def decode(cls, encoded):
        [value] = cls.sequence(encoded)
        return value

    @classmethod
    def sequence(cls, encoded):
        unpacker = cls.unpacker()
        unpacker.feed(encoded)
        values = list(unpacker)
        if unpacker.tell() != len(encoded):
            raise ValueError("the bytes end within a value")
        return values

    @classmethod
    def encode(cls, value):
        return msgpack.packb(value, datetime=True, default=cls._extension)

    @staticmethod
    def _extension(value):
        if isinstance(value, Tagged):
            return msgpack.ExtType(value.number, value.value)
        raise TypeError(f"MessagePack has no word for {value!r}")


class Cbor:
    @staticmethod
    def decode(encoded):
        return _seen(cbor2.loads(encoded))

    @classmethod
    def encode(cls, value):
        return cbor2.dumps(value, datetime_as_timestamp=True, default=cls._tag)

    @staticmethod
    def _tag(encoder, value):
        if isinstance(value, Undefined):
            encoder.encode(cbor2.undefined)
        elif isinstance(value, Tagged):
            encoder.encode(cbor2.CBORTag(value.number, value.value))
        else:
            raise TypeError(f"CBOR has no word for {value!r}")


def _seen(value):
    if value is cbor2.undefined:
        return Undefined()
    if isinstance(value, cbor2.CBORTag):
        return Tagged("$tag", value.tag, _seen(value.value))
    if isinstance(value, list):
        return [_seen(item) for item in value]
    if isinstance(value, dict):
        return {key: _seen(item) for key, item in value.items()}
    return value


FORMATS = {"json": Json, "msgpack": Msgpack, "cbor": Cbor}

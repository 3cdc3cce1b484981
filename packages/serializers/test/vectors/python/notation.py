"""Values as the tables of vectors write them: JSON, and objects with one key that begins with $ for what JSON does not have."""

from datetime import datetime, timedelta, timezone
from math import isfinite

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LARGEST_EXACT = 2**53 - 1


class Tagged:
    """A number and what it says something about: an extension of MessagePack with its bytes, a tag of CBOR with its value."""

    def __init__(self, kind, number, value):
        self.kind = kind
        self.number = number
        self.value = value


class Undefined:
    """What JavaScript has beside null."""


def write(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT else {"$bigint": str(value)}
    if isinstance(value, float):
        # JSON has no word for the one, and does not tell the other from an integer.
        return value if isfinite(value) and not value.is_integer() else {"$float": repr(value)}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, datetime):
        return {"$date": (value - EPOCH) / timedelta(milliseconds=1)}
    if isinstance(value, (list, tuple)):
        return [write(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {"$set": sorted((write(item) for item in value), key=repr)}
    if isinstance(value, dict):
        return _write_map(value)
    if isinstance(value, Tagged):
        return {value.kind: [value.number, write(value.value)]}
    if isinstance(value, Undefined):
        return {"$undefined": True}
    raise TypeError(f"there is no notation for {value!r}")


def _write_map(value):
    if all(isinstance(key, str) for key in value):
        return {key: write(item) for key, item in value.items()}
    return {"$map": [[write(key), write(item)] for key, item in value.items()]}


def read(notation):
    if isinstance(notation, list):
        return [read(item) for item in notation]
    if not isinstance(notation, dict):
        return notation
    kind, content = next(iter(notation.items()), ("", None))
    if kind not in READERS:
        return {key: read(item) for key, item in notation.items()}
    return READERS[kind](content)


READERS = {
    "$bigint": int,
    "$float": float,
    "$bytes": bytes.fromhex,
    "$date": lambda ms: EPOCH + timedelta(milliseconds=ms),
    "$set": lambda items: {read(item) for item in items},
    "$map": lambda entries: {read(key): read(item) for key, item in entries},
    "$undefined": lambda _: Undefined(),
    "$ext": lambda content: Tagged("$ext", content[0], read(content[1])),
    "$tag": lambda content: Tagged("$tag", content[0], read(content[1])),
}

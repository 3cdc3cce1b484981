"""The classic dialect as a Python program speaks it: JSON with tags, envelopes, and the framed pickles of `binary`."""

import json
import pickle
import struct
import time
import uuid
import zlib
from datetime import date, datetime
from decimal import Decimal


def encode(value):
    return json.dumps(_tag(value), ensure_ascii=False).encode("utf-8")


def decode(body):
    return json.loads(body.decode("utf-8"), object_hook=_untag)


def pickled(value, compress=False):
    plain = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return struct.pack("!BI", int(compress), len(plain)) + (zlib.compress(plain) if compress else plain)


def request(action, data, **extra):
    return {"type": action, "data": data, "timestamp": time.time(), "request_id": str(uuid.uuid4()), **extra}


def task(kind, data, priority=0, **extra):
    now = time.time()
    task_id = f"{kind}_{int(now * 1_000_000)}_{uuid.uuid4().hex}"
    return {"type": kind, "data": data, "priority": priority, "timestamp": now, "task_id": task_id, **extra}


def _tag(value):
    if isinstance(value, dict):
        return {key: _tag(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_tag(inner) for inner in value]
    if isinstance(value, tuple):
        return _tagged("tuple", [_tag(inner) for inner in value])
    if isinstance(value, set):
        return _tagged("set", [_tag(inner) for inner in value])
    if isinstance(value, bytes):
        return _tagged("bytes", value.hex())
    if isinstance(value, datetime):  # before date: each datetime is a date as well
        return _tagged("datetime", value.isoformat())
    if isinstance(value, date):
        return _tagged("date", value.isoformat())
    if isinstance(value, Decimal):
        return _tagged("decimal", str(value))
    if hasattr(value, "__dict__"):
        return {**_tagged("object", _tag(vars(value))), "class": type(value).__name__}
    return value


def _tagged(name, value):
    return {"__type__": name, "value": value}


_READERS = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "set": set,
    "bytes": bytes.fromhex,
    "tuple": tuple,
    "object": lambda fields: fields,
}


def _untag(found):
    reader = _READERS.get(found.get("__type__"))
    return found if reader is None else reader(found["value"])

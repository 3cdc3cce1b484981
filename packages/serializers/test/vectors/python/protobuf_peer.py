"""Reads and writes Samples: {"decode": [hex, ...]} or {"encode": [Sample, ...]}, a line each. A Sample is in the JSON of Protocol Buffers."""

from binascii import unhexlify

from google.protobuf import json_format
from lines import attempt, serve
from sample import Sample


def decode(item):
    return json_format.MessageToDict(Sample.FromString(unhexlify(item)))


def encode(item):
    return json_format.ParseDict(item, Sample()).SerializeToString(deterministic=True).hex()


def answer(order):
    if "decode" in order:
        return [attempt(decode, item) for item in order["decode"]]
    return [attempt(encode, item) for item in order["encode"]]


serve(answer)

"""Reads and writes what it is told to, a line each: {"format", "decode": [hex, ...]} or {"format", "encode": [notation, ...]}, and blocks."""

from binascii import unhexlify

import blocks
import notation
from formats import FORMATS
from lines import attempt, serve


def answer(order):
    if "readBlock" in order:
        return notation.write(blocks.read(unhexlify(order["readBlock"])))
    if "writeBlock" in order:
        return blocks.write(notation.read(order["writeBlock"])).hex()
    codec = FORMATS[order["format"]]
    if "decode" in order:
        return [attempt(lambda item: notation.write(codec.decode(unhexlify(item))), item) for item in order["decode"]]
    return [attempt(lambda item: codec.encode(notation.read(item)).hex(), item) for item in order["encode"]]


serve(answer)

"""Decodes packets of the native protocol. Written from docs/protocol.md alone, with nothing but the standard library.

As a program it reads a file of vectors and decodes all of them. It writes two lines of JSON: that it is ready, and then how many
vectors there were and on which it does not agree.
"""

import json
import struct
import sys

MAGIC = b"\xc1\x4c\x5a"
MAJOR = 1
KINDS = {
    1: "request",
    2: "response",
    3: "error",
    4: "cancel",
    5: "message",
    6: "task",
    7: "taskWithExtra",
    8: "ping",
    9: "pong",
    10: "announce",
    11: "goodbye",
    12: "block",
}
CRITICAL = 0x80
SENDER, CHECKSUM = 2, 3
NONE, INLINE, ATTACHMENT, BLOCK = range(4)
TIME_LEFT, SUBJECT, HEADERS, MOMENT, PRIORITY, EXTENSION = 0x04, 0x08, 0x10, 0x20, 0x40, 0x80


# What the string table of every packet begins with.
WELL_KNOWN = ["json", "raw", "msgpack", "cbor", "structured_clone", "protobuf"]


class Refused(Exception):
    """The packet breaks a rule of the protocol."""


class Reader:
    """Reads bytes from a place on, and never beyond an end."""

    def __init__(self, data, at=0, end=None):
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    @property
    def left(self):
        return self.end - self.at

    def take(self, count):
        if count > self.left:
            raise Refused("%d bytes were to come, and there are %d" % (count, self.left))
        self.at += count
        return self.data[self.at - count : self.at]

    def part(self, count):
        """A reader of the next bytes alone."""
        self.take(count)
        return Reader(self.data, self.at - count, self.at)

    def number(self):
        value = 0
        for group in range(8):
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << (7 * group)
            if byte < 0x80:
                if value > 2**53 - 1:
                    raise Refused("a number is too large")
                return value
        raise Refused("a number has more than 8 bytes")

    def text(self, length, limit):
        if length > limit:
            raise Refused("a text has %d bytes; the limit is %d" % (length, limit))
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("a text is not UTF-8")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def decode(frames, topic=None, wants_checksum=False):
    """Decodes a packet and its attachments. Raises Refused."""
    packet = frames[0]
    if packet[:3] != MAGIC:
        raise Refused("it is no packet")
    if packet[3:4] != bytes([MAJOR]):
        raise Refused("it is of another version")
    reader = Reader(packet, 4)
    result = {}
    checksum_at = read_extensions(reader, result)
    if checksum_at is not None:
        (claimed,) = struct.unpack_from("<I", packet, checksum_at)
        zeroed = packet[:checksum_at] + bytes(4) + packet[checksum_at + 4 :]
        if crc32c((topic or b"") + zeroed + b"".join(frames[1:])) != claimed:
            raise Refused("the checksum does not match")
        result["checksum"] = True
    elif wants_checksum:
        raise Refused("there is no checksum")
    result["records"] = Records(frames).read(reader)
    return result


def read_extensions(reader, result):
    """Reads the extensions of a packet. Returns where the checksum stands, if there is one."""
    checksum_at = None
    length = reader.number()
    if length > 1024:
        raise Refused("the extensions have %d bytes" % length)
    extensions = reader.part(length)
    while extensions.left > 0:
        kind = extensions.number()
        content = extensions.part(extensions.number())
        if kind == SENDER:
            epoch = content.number()
            if content.left == 0:
                raise Refused("a sender has no id")
            result["sender"] = {"id": content.text(content.left, 255), "epoch": epoch}
        elif kind == CHECKSUM:
            if content.left != 4:
                raise Refused("a checksum has %d bytes" % content.left)
            checksum_at = content.at
        elif kind >= CRITICAL:
            raise Refused("an extension must be understood")
    return checksum_at


class Records:
    """Reads the records of one packet."""

    def __init__(self, frames):
        self.attachments = frames[1:]
        self.named = 0
        self.strings = list(WELL_KNOWN)
        self.blocks = []

    def read(self, reader):
        records = []
        count = 0
        while reader.left > 0:
            count += 1
            if count > 65535:
                raise Refused("there are too many records")
            kind = reader.take(1)[0]
            content = reader.part(int.from_bytes(reader.take(3), "little"))
            if kind not in KINDS:
                if kind >= CRITICAL:
                    raise Refused("a record must be understood")
                continue
            record = self.record(kind, content)
            if record is not None:
                records.append(record)
        return records

    def record(self, kind, content):
        flags = content.take(1)[0]
        name = KINDS[kind]
        is_task = name in ("task", "taskWithExtra")
        record = {"kind": name, "id": content.text(content.number(), 4096) if is_task else content.number()}
        if flags & TIME_LEFT:
            record["timeLeft"] = content.number()
        if flags & SUBJECT:
            record["subject"] = self.shared(content)
        if flags & HEADERS:
            record["headers"] = self.headers(content)
        if flags & MOMENT:
            record["moment"] = int.from_bytes(content.take(6), "little")
        if flags & PRIORITY:
            (record["priority"],) = struct.unpack("<d", content.take(8))
            if record["priority"] != record["priority"]:
                raise Refused("a priority is no number")
        if flags & EXTENSION:
            content.take(content.number())
        form = flags & 0x03
        body = None
        if form == INLINE:
            record.update(form="inline", codec=self.shared(content))
            body = content.take(content.left)
        elif form == ATTACHMENT:
            record.update(form="attachment", codec=self.shared(content))
            place = content.number()
            if place >= len(self.attachments):
                raise Refused("there is no attachment %d" % place)
            if place < self.named:
                raise Refused("attachment %d is named a second time" % place)
            self.named = place + 1
            body = self.attachments[place]
        elif form == BLOCK:
            place = content.number()
            if not self.blocks or place >= self.blocks[-1]["count"]:
                raise Refused("there is no such place in a block")
            record.update(form="block", block=len(self.blocks) - 1, place=place, codec=self.blocks[-1]["codec"])
        if content.left > 0:
            raise Refused("a record is longer than its fields")
        if name == "block":
            if form not in (INLINE, ATTACHMENT):
                raise Refused("a block has no bytes")
            if record["id"] > 65535 or record["id"] > len(body):
                raise Refused("a block has fewer bytes than bodies")
            self.blocks.append({"count": record["id"], "codec": record["codec"], "bytes": body})
            return None
        if form != NONE:
            try:
                record["body"] = self.from_block(record) if form == BLOCK else decode_body(record["codec"], body)
            except ValueError:
                record["undecodable"] = True
        return record

    def headers(self, content):
        count = content.number()
        if count > 128:
            raise Refused("there are %d headers" % count)
        headers = {}
        left = 16384
        for _ in range(count):
            key = self.shared(content)
            length = content.number()
            headers[key] = content.text(length, left)
            left -= length
        return headers

    def shared(self, content):
        reference = content.number()
        if reference == 0:
            self.strings.append(content.text(content.number(), 4096))
            return self.strings[-1]
        if reference > len(self.strings):
            raise Refused("there is no string %d" % reference)
        return self.strings[reference - 1]

    def from_block(self, record):
        block = self.blocks[record["block"]]
        if block["codec"] != "json":
            raise ValueError("not known here")
        bodies = json.loads(block["bytes"].decode("utf-8"))
        if not isinstance(bodies, list) or len(bodies) != block["count"]:
            raise ValueError("the block holds other than it says")
        return bodies[record["place"]]


def decode_body(codec, body):
    """A body as the vectors have it: the value of a JSON text, else the bytes in hexadecimal."""
    return json.loads(body.decode("utf-8")) if codec == "json" else body.hex()


def check(vectors):
    disagreements = []
    for vector in vectors["valid"] + vectors["invalid"]:
        frames = [bytes.fromhex(frame) for frame in vector["frames"]]
        topic = bytes.fromhex(vector["topic"]) if "topic" in vector else None
        try:
            decoded = decode(frames, topic, vector.get("wantsChecksum", False))
        except Refused as error:
            if "decoded" in vector:
                disagreements.append({"name": vector["name"], "refused": str(error)})
            continue
        if decoded != vector.get("decoded"):
            disagreements.append({"name": vector["name"], "decoded": decoded})
    return {"valid": len(vectors["valid"]), "invalid": len(vectors["invalid"]), "disagreements": disagreements}


if __name__ == "__main__":
    print(json.dumps({"ready": True}))
    with open(sys.argv[1], encoding="utf-8") as file:
        print(json.dumps(check(json.load(file))))

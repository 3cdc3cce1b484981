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
    13: "run",
}
IN_RUNS = ("message", "task")
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
    records = Records(frames)
    result["records"] = records.read(reader)
    if records.runs:
        result["runs"] = records.runs
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
        self.runs = []

    def read(self, reader):
        records = []
        count = 0
        while reader.left > 0:
            kind = reader.take(1)[0]
            content = reader.part(int.from_bytes(reader.take(3), "little"))
            if kind in KINDS:
                run, record = self.record(kind, content)
            elif kind >= CRITICAL:
                raise Refused("a record must be understood")
            else:
                run, record = None, None
            count += 1 if run is None else run.count
            if count > 65535:
                raise Refused("there are too many records")
            if run is not None:
                self.runs.append([len(records), run.count])
                records.extend(self.with_body(run.record(record, step)) for step in range(run.count))
            elif record is not None:
                records.append(self.with_body(record))
        return records

    def record(self, kind, content):
        """Reads a record. Returns the run that it stands for, if it does, and the record, if it stands for any."""
        flags = content.take(1)[0]
        name = KINDS[kind]
        run = None
        if name == "run":
            run = Run(content)
            record = {"kind": run.kind, "id": None}
        elif name in ("task", "taskWithExtra"):
            record = {"kind": name, "id": content.text(content.number(), 4096)}
        else:
            record = {"kind": name, "id": content.number()}
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
        if run is not None:
            self.take_bodies(run, record)
        if name == "block":
            if form not in (INLINE, ATTACHMENT):
                raise Refused("a block has no bytes")
            if record["id"] > 65535 or record["id"] > len(body):
                raise Refused("a block has fewer bytes than bodies")
            self.blocks.append({"count": record["id"], "codec": record["codec"], "bytes": body, "taken": 0})
            return None, None
        if form in (INLINE, ATTACHMENT):
            record["body"] = body
        return run, record

    def take_bodies(self, run, record):
        """Bodies of a block are for one run only, and runs take them in order."""
        if record.get("form") != "block":
            if run.count > 1:
                raise Refused("%d records have one body, or none" % run.count)
            return
        block = self.blocks[-1]
        if record["place"] < block["taken"]:
            raise Refused("the bodies of a run belong to another one")
        block["taken"] = record["place"] + run.count
        if block["taken"] > block["count"]:
            raise Refused("a run goes beyond its block")

    def with_body(self, record):
        """A record, its body decoded."""
        if "form" in record:
            try:
                from_block = record["form"] == "block"
                record["body"] = self.from_block(record) if from_block else decode_body(record["codec"], record["body"])
            except ValueError:
                record.pop("body", None)
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


class Run:
    """What a run says instead of an id: of how many records it is, and which ids they have."""

    def __init__(self, content):
        kind = content.take(1)[0]
        self.kind = KINDS.get(kind)
        if self.kind not in IN_RUNS:
            raise Refused("a run is of kind %d" % kind)
        self.count = content.number()
        if self.count == 0:
            raise Refused("a run is of no records")
        self.prefix = content.text(content.number(), 4096) if self.kind == "task" else None
        self.number = content.number()
        if self.number + self.count - 1 > (2**53 - 1 if self.prefix is None else 65535):
            raise Refused("the numbers of a run are too large")

    def record(self, first, step):
        """The record of this run that is so many steps behind the first."""
        number = self.number + step
        record = dict(first, id=number if self.prefix is None else "%s%04x" % (self.prefix, number))
        if record.get("form") == "block":
            record["place"] += step
        return record


def decode_body(codec, body):
    """A body as the vectors have it: the value of a JSON text, the parts of one that has parts, else the bytes in hexadecimal."""
    if codec == "json":
        return json.loads(body.decode("utf-8"))
    return list(parts_of(body)) if codec == "parts" else body.hex()


def parts_of(body):
    at = 0
    count = 0
    while at < len(body):
        count += 1
        if count > 65535:
            raise ValueError("there are too many parts")
        if len(body) - at < 5:
            raise ValueError("a part ends before its length")
        number, length = struct.unpack_from("<BI", body, at)
        at += 5 + length
        if at > len(body):
            raise ValueError("a part goes beyond the body")
        if not 1 <= number <= len(WELL_KNOWN):
            raise ValueError("there is no codec %d" % number)
        codec = WELL_KNOWN[number - 1]
        yield {"codec": codec, "body": decode_body(codec, body[at - length : at])}


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
        expected = dict(vector.get("decoded", {}))
        if "runs" in vector:
            expected["runs"] = vector["runs"]
        if decoded != expected:
            disagreements.append({"name": vector["name"], "decoded": decoded})
    return {"valid": len(vectors["valid"]), "invalid": len(vectors["invalid"]), "disagreements": disagreements}


if __name__ == "__main__":
    print(json.dumps({"ready": True}))
    with open(sys.argv[1], encoding="utf-8") as file:
        print(json.dumps(check(json.load(file))))

"""One value of each kind that the tags stand for, and what must have become of it on the way. Each check fails by an AssertionError."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal


class Order:
    def __init__(self, number, lines):
        self.number = number
        self.lines = lines


MOMENT = datetime(2024, 5, 6, 12, 30, 15, 123456, tzinfo=timezone.utc)
NAIVE = datetime(2024, 5, 6, 12, 30, 15, 123456)
DIGITS = "12345678901234567890.12345678901234567890"
TEXT = "你好，世界 — héllo \U0001f600 \u2028 \"quoted\"\\"

FROM_PYTHON = {
    "utc": MOMENT,
    "offset": MOMENT.astimezone(timezone(timedelta(hours=8))),
    "naive": NAIVE,
    "date": date(2024, 5, 6),
    "decimal": Decimal(DIGITS),
    "bytes": bytes(range(256)),
    "noBytes": b"",
    "set": {1, 2, 3},
    "textSet": {"红", "绿"},
    "emptySet": set(),
    "tuple": (1, "二", (3.5, None)),
    "object": Order(7, [{"price": Decimal("9.90")}]),
    "nested": {"list": [{"when": {date(2024, 5, 6)}, "raw": (b"\x00\xff",)}]},
    "text": TEXT,
    "plain": [None, True, False, 0, -1, 2**53 - 1, 1.5, "", [], {}],
}


def check_echo(echo):
    """What Node was sent, and sent back: dates in UTC and whole ms, and without the tags that only Python tells apart."""
    millisecond = MOMENT.replace(microsecond=123_000)
    _same(echo["utc"], millisecond)
    _same(echo["offset"], millisecond)
    _same(echo["naive"], NAIVE.replace(microsecond=123_000).astimezone(timezone.utc))
    _same(echo["date"], datetime(2024, 5, 6).astimezone(timezone.utc))
    _same(echo["decimal"], DIGITS)
    _same(echo["bytes"], bytes(range(256)))
    _same(echo["noBytes"], b"")
    _same(echo["set"], {1, 2, 3})
    _same(echo["textSet"], {"红", "绿"})
    _same(echo["emptySet"], set())
    _same(echo["tuple"], [1, "二", [3.5, None]])
    _same(echo["object"], {"number": 7, "lines": [{"price": "9.90"}]})
    _same(echo["nested"], {"list": [{"when": {datetime(2024, 5, 6).astimezone(timezone.utc)}, "raw": [b"\x00\xff"]}]})
    _same(echo["text"], TEXT)
    _same(echo["plain"], FROM_PYTHON["plain"])
    return _names(echo)


def check_from_node(data):
    """What Node makes of its own values, and the tags that it writes out by hand where it has no such value."""
    _same(data["date"], datetime(2024, 5, 6, 12, 30, 15, 123_000, tzinfo=timezone.utc))
    assert data["date"].utcoffset() == timedelta(0), "a Date must come with its zone"
    _same(data["bytes"], bytes(range(256)))
    _same(data["part"], b"\x02\x03")
    _same(data["buffer"], b"\x04\x05")
    _same(data["set"], {1, "二"})
    _same(data["nested"], {"list": [{"when": {datetime(2024, 5, 6, tzinfo=timezone.utc)}, "raw": b"\x00\xff"}]})
    _same(data["text"], TEXT)
    _same(data["plain"], FROM_PYTHON["plain"])
    _same(data["handmade"]["decimal"], Decimal(DIGITS))
    _same(data["handmade"]["tuple"], (1, "二"))
    _same(data["handmade"]["date"], date(2024, 5, 6))
    _same(data["handmade"]["object"], {"number": 7})
    return _names(data)


def _names(checked):
    return sorted(checked)


def _same(got, wanted):
    assert type(got) is type(wanted) and got == wanted, f"got {got!r}, wanted {wanted!r}"

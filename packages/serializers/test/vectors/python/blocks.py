"""A block of MessagePack: rows of [nil, value], [keys, ...values] or [n, ...values], with the keys of the n-th row that brought some."""

from formats import Msgpack


def read(encoded):
    shapes = []
    values = []
    for head, *rest in Msgpack.sequence(encoded):
        if head is None:
            [value] = rest
        else:
            if isinstance(head, list):
                shapes.append(head)
            keys = head if isinstance(head, list) else shapes[head]
            value = dict(zip(keys, rest, strict=True))
        values.append(value)
    return values


def write(values):
    shapes = []
    rows = []
    for value in values:
        if not isinstance(value, dict):
            rows.append([None, value])
            continue
        keys = list(value)
        if keys in shapes:
            rows.append([shapes.index(keys), *value.values()])
        else:
            shapes.append(keys)
            rows.append([keys, *value.values()])
    return b"".join(map(Msgpack.encode, rows))

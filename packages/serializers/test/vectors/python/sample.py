"""The types of protobuf.proto, written out by hand, so that they do not depend on how somebody else reads that file."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

TIMESTAMP = timestamp_pb2.DESCRIPTOR

SCALARS = "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes"
COLOURS = {"NONE": 0, "RED": 1, "GREEN": 150, "BELOW": -1}


def _file():
    file = descriptor_pb2.FileDescriptorProto(name="vectors.proto", package="vectors", syntax="proto3")
    file.dependency.append(TIMESTAMP.name)
    colour = file.enum_type.add(name="Colour")
    for name, number in COLOURS.items():
        colour.value.add(name=name, number=number)
    point = file.message_type.add(name="Point")
    _field(point, "x", 1, "int32")
    _field(point, "y", 2, "int32")
    _sample(file.message_type.add(name="Sample"))
    return file


def _sample(sample):
    for number, name in enumerate(SCALARS.split(), start=1):
        _field(sample, name, number, name)
    _field(sample, "colour", 16, ".vectors.Colour")
    _field(sample, "point", 17, ".vectors.Point")
    _field(sample, "at", 18, ".google.protobuf.Timestamp")
    _field(sample, "inner", 19, ".vectors.Sample")
    _field(sample, "numbers", 21, "int32", repeated=True)
    _field(sample, "single_numbers", 22, "int32", repeated=True).options.packed = False
    _field(sample, "texts", 23, "string", repeated=True)
    _field(sample, "points", 24, ".vectors.Point", repeated=True)
    _field(sample, "colours", 25, ".vectors.Colour", repeated=True)
    _map(sample, "by_text", 26, "string", "int32")
    _map(sample, "by_number", 27, "int64", ".vectors.Point")
    _map(sample, "by_flag", 28, "bool", "string")
    _field(sample, "doubles", 29, "double", repeated=True)
    _field(sample, "large_numbers", 30, "sint64", repeated=True)
    sample.oneof_decl.add(name="choice")
    for name, number, kind in ("word", 31, "string"), ("place", 32, ".vectors.Point"), ("count", 33, "int32"):
        _field(sample, name, number, kind).oneof_index = 0
    # An optional field is alone in a oneof of its own, which has to come last.
    sample.oneof_decl.add(name="_maybe")
    maybe = _field(sample, "maybe", 20, "int32")
    maybe.proto3_optional = True
    maybe.oneof_index = 1
    _field(sample, "last", 536870911, "string")


def _field(message, name, number, kind, repeated=False):
    field = message.field.add(name=name, number=number)
    field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    if not kind.startswith("."):
        field.type = getattr(field, f"TYPE_{kind.upper()}")
        return field
    field.type = field.TYPE_ENUM if kind == ".vectors.Colour" else field.TYPE_MESSAGE
    field.type_name = kind
    return field


def _map(message, name, number, key, value):
    entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
    entry.options.map_entry = True
    _field(entry, "key", 1, key)
    _field(entry, "value", 2, value)
    _field(message, name, number, f".vectors.{message.name}.{entry.name}", repeated=True)


_pool = descriptor_pool.DescriptorPool()
_pool.AddSerializedFile(TIMESTAMP.serialized_pb)
_pool.Add(_file())
Sample = message_factory.MessageFactory(_pool).GetPrototype(_pool.FindMessageTypeByName("vectors.Sample"))

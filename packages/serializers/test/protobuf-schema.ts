import type { MessageInfo } from '@liberzmq/core';
import fc from 'fast-check';

/** A message type with fields of all kinds. */
export const SCHEMA = `
syntax = "proto3";
package all;
import "google/protobuf/timestamp.proto";

enum Colour { NONE = 0; RED = 1; BLUE = -2; CRIMSON = 1000; }

message All {
  double double = 1; float float = 2; int32 int32 = 3; int64 int64 = 4; uint32 uint32 = 5; uint64 uint64 = 6;
  sint32 sint32 = 7; sint64 sint64 = 8; fixed32 fixed32 = 9; fixed64 fixed64 = 10; sfixed32 sfixed32 = 11; sfixed64 sfixed64 = 12;
  bool bool = 13; string string = 14; bytes bytes = 15; Colour colour = 16;
  optional double maybe_double = 17; optional string maybe_string = 18; optional bool maybe_bool = 19; optional uint64 maybe_uint64 = 20;
  optional Colour maybe_colour = 21;
  All inner = 22;
  google.protobuf.Timestamp at = 23;
  repeated double doubles = 24; repeated sint32 numbers = 25; repeated int64 larges = 26; repeated bool flags = 27;
  repeated string texts = 28; repeated bytes blobs = 29; repeated Colour colours = 30; repeated All list = 31;
  repeated fixed32 apart = 32 [packed = false];
  map<string, string> by_text = 33; map<int32, All> by_number = 34; map<bool, double> by_flag = 35; map<uint64, Colour> by_large = 36;
  oneof choice { string first = 37; int32 second = 38; All third = 39; }
  float constructor = 40; string to_string = 41;
  string far = 536870911;
}
`;

/** What an `All` has of which nothing was sent. */
export const BLANK = {
  ...{ double: 0, float: 0, int32: 0, int64: 0n, uint32: 0, uint64: 0n, sint32: 0, sint64: 0n, fixed32: 0 },
  ...{ fixed64: 0n, sfixed32: 0, sfixed64: 0n, bool: false, string: '', bytes: Buffer.alloc(0), colour: 'NONE' },
  ...{ doubles: [], numbers: [], larges: [], flags: [], texts: [], blobs: [], colours: [], list: [], apart: [] },
  ...{ byText: {}, byNumber: {}, byFlag: {}, byLarge: {}, constructor: 0, toString: '', far: '' },
};

const text = fc.string({ unit: 'grapheme', maxLength: 100 });
const int32 = fc.integer();
const uint32 = fc.nat(0xffff_ffff);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array));
const colour = fc.constantFrom('NONE', 'RED', 'BLUE', 'CRIMSON');
const float = fc.float();
const at = fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') });

/** A key that is no index of an array, whose order objects do not keep, and no prototype. */
const key = text.filter((name) => name !== '__proto__');

function dictionary<T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(keys, values, { noNullPrototype: true, maxKeys: 4 });
}

const short = { maxLength: 4 };

/** What comes back from an `All` exactly as it was: with all that is not optional. */
export const alls = fc.letrec((tie) => {
  const all = tie('all');
  const plain = {
    double: fc.double(),
    float,
    int32,
    int64,
    uint32,
    uint64,
    sint32: int32,
    sint64: int64,
    fixed32: uint32,
    fixed64: uint64,
    sfixed32: int32,
    sfixed64: int64,
    bool: fc.boolean(),
    string: text,
    bytes,
    colour,
    doubles: fc.array(fc.double(), short),
    numbers: fc.array(int32, short),
    larges: fc.array(int64, short),
    flags: fc.array(fc.boolean(), short),
    texts: fc.array(text, short),
    blobs: fc.array(bytes, short),
    colours: fc.array(colour, short),
    list: fc.array(all, { maxLength: 2, depthIdentifier: 'all' }),
    apart: fc.array(uint32, short),
    byText: dictionary(key, text),
    byNumber: dictionary(int32.map(String), all),
    byFlag: dictionary(fc.boolean().map(String), fc.double()),
    byLarge: dictionary(uint64.map(String), colour),
    constructor: float,
    toString: text,
    far: text,
  };
  const sometimes = {
    maybeDouble: fc.double(),
    maybeString: text,
    maybeBool: fc.boolean(),
    maybeUint64: uint64,
    maybeColour: colour,
    inner: all,
    at,
  };
  const choice = fc.oneof(
    fc.constant({}),
    fc.record({ first: text }),
    fc.record({ second: int32 }),
    fc.record({ third: all }),
  );
  const full = fc
    .tuple(
      fc.record({ ...plain, ...sometimes }, { requiredKeys: Object.keys(plain) as never, noNullPrototype: true }),
      choice,
    )
    .map(([values, one]) => ({ ...values, ...one }));
  return { all: fc.oneof({ depthIdentifier: 'all', depthSize: 'small' }, fc.constant(BLANK), full) };
}).all as fc.Arbitrary<Record<string, unknown>>;

/** The message that a task of that type has. */
export function task(subject: string): MessageInfo {
  return { pattern: 'task', subject };
}

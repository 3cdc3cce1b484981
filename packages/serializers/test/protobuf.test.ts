import { describe, expect, test } from '@jest/globals';
import type { MessageInfo } from '@liberzmq/core';
import protobufjs from 'protobufjs';
import * as main from '../src/index.js';
import { protobuf, type ProtobufOptions } from '../src/protobuf/index.js';
import { SCHEMA, task } from './protobuf-schema.js';

const schema =
  'syntax = "proto3"; package calc; message Add { double a = 1; double b = 2; } message Sum { double value = 1; }';
const ALL = task('all');
const all = protobuf({ schema: SCHEMA, tasks: { all: 'all.All' } });

test('is exported, and registers no name', () => {
  expect(main.protobuf).toBe(protobuf);
  expect(protobuf({ schema })).toMatchObject({ name: 'protobuf', contentType: 'application/x-protobuf' });
});

describe('the options', () => {
  test.each([
    ['none', undefined, 'options must be an object, not undefined'],
    ['no schema', {}, 'option schema must be the text of a .proto file, or a Root of protobufjs'],
    ['a schema that is no Root', { schema: { nested: {} } }, 'option schema must be'],
    [
      'a schema with an error',
      { schema: 'syntax = "proto3";\nmessage A {\n int32 a = x;\n}' },
      "illegal id 'x' (line 3)",
    ],
    ['a schema with an unknown type', { schema: 'message A { optional B b = 1; }' }, "no such Type or Enum 'B'"],
    ['a schema with imports', { schema: 'import "other.proto";' }, "imports 'other.proto'; load it with protobufjs"],
    [
      'an unknown option',
      { schema, topic: {} },
      'protobuf: there is no option topic; there are schema, actions, topics, tasks, route, maxDepth, maxBytes',
    ],
    [
      'an unknown type',
      { schema, tasks: { sum: 'Sum' } },
      "tasks['sum'] is 'Sum', and the schema has no such message type; there are calc.Add, calc.Sum",
    ],
    ['no types at all', { schema: '', tasks: { a: 'A' } }, 'there are none'],
    [
      'a type that is an enum',
      { schema: 'enum E { A = 0; }', route: 'E' },
      "route is 'E', and the schema has no such message type",
    ],
    ['a type that is no name', { schema, topics: { a: 5 } }, "topics['a'] must be the name of a message type"],
    [
      'an action that is no object',
      { schema, actions: { add: 'calc.Add' } },
      "actions['add'] must be an object, not 'calc.Add'",
    ],
    [
      'an unknown part of an action',
      { schema, actions: { add: { reply: 'calc.Add' } } },
      "actions['add']: there is no option reply; there are data, result",
    ],
    ['an unknown type of an action', { schema, actions: { add: { result: 'Sum' } } }, "actions['add'].result is 'Sum'"],
    ['actions in an array', { schema, actions: [] }, 'actions must be an object, not an array'],
    [
      'a topic pattern that is none',
      { schema, topics: { 'a.>.b': 'calc.Add' } },
      "has a '>' that is not its last part",
    ],
    [
      'the number 0',
      { schema: 'syntax = "proto3"; package p; message M { int32 a = 0; }' },
      'the field p.M.a has the number 0;',
    ],
    [
      'a number beyond the last',
      { schema: 'syntax = "proto3"; message M { message N { map<string, bool> a = 536870912; } }' },
      'the field M.N.a has the number 536870912; numbers are from 1 to 536870911, without 19000 to 19999',
    ],
    ['a reserved number', { schema: 'syntax = "proto3"; message M { int32 a = 19000; }' }, 'M.a has the number 19000'],
    ['the last of these', { schema: 'syntax = "proto3"; message M { int32 a = 19999; }' }, 'M.a has the number 19999'],
    [
      'a reserved number of an extension',
      { schema: 'syntax = "proto2"; message M { extensions 100 to max; } extend M { optional int32 a = 19500; }' },
      'has the number 19500',
    ],
    [
      'one number for two fields',
      { schema: 'syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }' },
      'duplicate id 1 in Type M',
    ],
    [
      'one name for two fields',
      { schema: 'syntax = "proto3"; message M { int32 a_b = 1; int32 aB = 2; }' },
      "duplicate name 'aB' in Type M",
    ],
    [
      'an open enum without a 0 first',
      { schema: 'syntax = "proto3"; message M { enum E { A = 1; B = 0; } }' },
      'M.E.A is 1; the first value of an open enum must be 0',
    ],
    ['an enum without values', { schema: 'syntax = "proto3"; package p; enum E {}' }, 'the enum p.E has no values'],
    [
      'a value of an enum that has more than 32 bits',
      { schema: 'syntax = "proto3"; enum E { A = 0; B = 2147483648; }' },
      'E.B is 2147483648, which is no int32',
    ],
    ['a limit that is none', { schema, maxDepth: 0 }, 'maxDepth must be a whole number from 1 on'],
    ['another', { schema, maxBytes: '9' }, 'maxBytes must be a whole number from 1 on'],
  ])('refuse %s', (_, options, message) => {
    expect(() => protobuf(options as ProtobufOptions)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'BAD_OPTION',
        message: expect.stringContaining(message),
      }),
    );
  });

  test('list no more types than a person reads', () => {
    const many = Array.from({ length: 30 }, (_, i) => `message M${String(i)} {}`).join('\n');
    expect(() => protobuf({ schema: many, route: 'X' })).toThrow(/ and 10 more$/);
  });

  test('take a Root, in its own case and of other files', () => {
    const { root } = protobufjs.parse('syntax = "proto3"; message Old { int32 some_number = 1; }', { keepCase: true });
    const serializer = protobuf({ schema: root, route: 'Old' });
    const message: MessageInfo = { pattern: 'route', subject: '1' };
    expect(serializer.deserialize(serializer.serialize({ some_number: 5 }, message), message)).toEqual({
      some_number: 5,
    });
  });
});

describe('the type of a message', () => {
  const serializer = protobuf({
    schema:
      'syntax = "proto3"; message A { int32 a = 1; } message B { int32 b = 1; } message C { int32 c = 1; } message D { int32 d = 1; }',
    actions: { add: { data: 'A', result: 'B' }, ping: {}, toString: { data: 'C' } },
    topics: { 'weather.*': 'A', 'weather.rome': 'B', 'log.>': 'C', '*.*.end': 'D' },
    tasks: { resize: 'C' },
    route: 'D',
  });
  const keyOf = (pattern: MessageInfo['pattern'], subject: string): string =>
    Object.keys(serializer.deserialize(Buffer.from([8, 1]), { pattern, subject }) as object).join('');

  test.each([
    ['request', 'add', 'a'],
    ['reply', 'add', 'b'],
    ['request', 'toString', 'c'],
    ['publish', 'weather.oslo', 'a'],
    ['publish', 'weather.rome', 'b'],
    ['publish', 'weather.oslo', 'a'],
    ['publish', 'log.x', 'c'],
    ['publish', 'log.x.y.z', 'c'],
    ['publish', 'weather.rome.end', 'd'],
    ['task', 'resize', 'c'],
    ['route', 'any-id', 'd'],
  ] as const)('of a %s of %s has the field %s', (pattern, subject, field) => {
    expect(keyOf(pattern, subject)).toBe(field);
  });

  test.each([
    ['request', 'mul', "the action 'mul' has no type; add it to actions"],
    ['reply', 'constructor', "the action 'constructor' has no type; add it to actions"],
    ['request', 'ping', "the data of the action 'ping' has no type; add data to it in actions"],
    ['reply', 'toString', "the result of the action 'toString' has no type; add result to it in actions"],
    ['publish', 'weather', "the topic 'weather' has no type; add it, or a pattern for it, to topics"],
    ['publish', 'log', "the topic 'log' has no type"],
    ['publish', '', "the topic '' has no type"],
    ['task', '__proto__', "the task '__proto__' has no type; add it to tasks"],
  ] as const)('of a %s of %s is missing', (pattern, subject, message) => {
    expect(() => serializer.serialize({}, { pattern, subject })).toThrow(message);
    expect(() => serializer.deserialize(Buffer.alloc(0), { pattern, subject })).toThrow(message);
  });

  test('between a Dealer and a Router is missing', () => {
    const message: MessageInfo = { pattern: 'route', subject: '1' };
    expect(() => protobuf({ schema }).serialize({}, message)).toThrow(
      'what a Dealer and a Router send each other has no type; add route',
    );
  });

  test('is not known in the classic dialect', () => {
    expect(() => serializer.serialize({ a: 1 })).toThrow('protobuf needs the native one');
    expect(() => serializer.deserialize(Buffer.alloc(0))).toThrow('protobuf needs the native one');
  });
});

describe('refuses to encode', () => {
  const large = 2n ** 64n;
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'All: must be an object for all.All, which has double, float,'],
    ['null', null, 'All: must be an object'],
    ['a text', 'x', "not 'x'"],
    ['an array', [], 'All: must be an object for all.All'],
    ['an array with values', [1], 'All: must be an object for all.All'],
    ['an array of messages', [{ int32: 1 }], 'not an array. A task with fields of its own is an array, too'],
    ['an array inside', { list: [{}, [1]] }, 'All.list[1]: must be an object for all.All'],
    ['an object of text', { inner: new String('x') }, 'not a String'],
    ['bytes with values', { inner: Buffer.from([1]) }, 'not a Buffer'],
    ['numbers with a type', { inner: Float64Array.of(1) }, 'not a Float64Array'],
    ['a Map with properties', { inner: Object.assign(new Map(), { int32: 1 }) }, 'not a Map'],
    ['a Map', new Map([['int32', 1]]), 'not a Map'],
    ['a Promise', Promise.resolve({ int32: 1 }), 'not a Promise'],
    ['a Date', new Date(), 'not a Date'],
    ['bytes', Buffer.alloc(0), 'not a Buffer'],
    ['an unknown property', { int32: 1, other: 2 }, "All: has 'other', which all.All has not; it has double, float,"],
    ['one beside an inherited field', { other: 2, toString: 'x' }, "All: has 'other'"],
    ['one inside', { list: [{}, { inner: { x: 1 } }] }, "All.list[1].inner: has 'x', which all.All has not"],
    ['__proto__', JSON.parse('{"__proto__":{"a":1}}') as unknown, "All: has '__proto__'"],
    [
      'text for an integer',
      { int32: '1' },
      "All.int32: must be a whole number from -2147483648 to 2147483647, not '1'",
    ],
    ['a fraction for an integer', { numbers: [1, 2.5] }, 'All.numbers[1]: must be a whole number'],
    ['an integer that is too large', { int32: 2 ** 31 }, 'All.int32: must be'],
    ['an integer that is too small', { sfixed32: -(2 ** 31) - 1 }, 'All.sfixed32: must be'],
    ['a negative one for uint32', { uint32: -1 }, 'All.uint32: must be a whole number from 0 to 4294967295, not -1'],
    ['one that is too large for fixed32', { apart: [2 ** 32] }, 'All.apart[0]: must be'],
    ['a bigint for 32 bits', { int32: 1n }, 'not 1n'],
    ['NaN for an integer', { sint32: NaN }, 'All.sint32: must be'],
    [
      'an unsafe integer',
      { int64: 2 ** 53 },
      'All.int64: must be a whole number of 64 bits, as a bigint or a safe integer',
    ],
    ['a fraction for 64 bits', { larges: [1n, 0.5] }, 'All.larges[1]: must be'],
    ['a bigint that is too large', { sint64: large / 2n }, 'All.sint64: must be'],
    ['a bigint that is too small', { int64: -large / 2n - 1n }, 'All.int64: must be'],
    ['2 to the 64', { uint64: large }, 'All.uint64: must be'],
    ['a negative one for uint64', { fixed64: -1n }, 'All.fixed64: must be'],
    ['a negative number for uint64', { maybeUint64: -1 }, 'All.maybeUint64: must be'],
    ['text for a double', { double: '1' }, "All.double: must be a number, not '1'"],
    ['a bigint for a double', { doubles: [1n] }, 'All.doubles[0]: must be a number'],
    ['a number that no float has', { float: 1e39 }, 'All.float: must be a number of 32 bits, not 1e+39'],
    ['a number for a boolean', { bool: 1 }, 'All.bool: must be true or false, not 1'],
    ['null in an array', { flags: [true, null] }, 'All.flags[1]: must be true or false, not null'],
    ['a hole in an array', { numbers: [1, , 2] }, 'All.numbers[1]: must be'], // eslint-disable-line no-sparse-arrays
    ['a number for text', { string: 5 }, 'All.string: must be a string, not 5'],
    ['half a surrogate pair', { texts: ['x', 'a\ud800'] }, 'All.texts[1]: has half a surrogate pair in it'],
    ['text for bytes', { bytes: 'AAAA' }, "All.bytes: must be a Buffer or Uint8Array, not 'AAAA'"],
    ['an array for bytes', { blobs: [[1]] }, 'All.blobs[0]: must be a Buffer or Uint8Array, not an array'],
    [
      'a name that an enum has not',
      { colour: 'GREEN' },
      "All.colour: must be a value of all.Colour: NONE, RED, BLUE, CRIMSON, not 'GREEN'",
    ],
    ['a fraction for an enum', { colours: [1, 1.5] }, 'All.colours[1]: must be a value of all.Colour'],
    ['a number that is too large for an enum', { colour: 2 ** 31 }, 'All.colour: must be a value of all.Colour'],
    ['a name of all objects', { maybeColour: 'toString' }, 'All.maybeColour: must be'],
    ['a value for an array', { numbers: 5 }, 'All.numbers: must be an array, not 5'],
    [
      'a typed array for an array',
      { doubles: Float64Array.of(1) },
      'All.doubles: must be an array, not a Float64Array',
    ],
    ['text for a message', { inner: 'x' }, 'All.inner: must be an object for all.All'],
    ['a Map for a map', { byText: new Map() }, 'All.byText: must be a plain object, not a Map'],
    ['an array for a map', { byText: ['x'] }, 'All.byText: must be a plain object, not an array'],
    [
      '__proto__ as a key',
      { byText: JSON.parse('{"__proto__":"x"}') as unknown },
      'All.byText["__proto__"]: is not accepted as a key',
    ],
    ['a key that is no number', { byNumber: { x: {} } }, 'All.byNumber["x"]: must be a whole number, not \'x\''],
    ['a key that reads otherwise', { byNumber: { '01': {} } }, 'All.byNumber["01"]: must be a whole number'],
    ['a key that is too large', { byNumber: { 4294967296: {} } }, 'All.byNumber["4294967296"]: must be'],
    ['a negative key', { byLarge: { '-1': 'RED' } }, 'All.byLarge["-1"]: must be'],
    ['a key that is no boolean', { byFlag: { yes: 1 } }, 'All.byFlag["yes"]: must be true or false, not \'yes\''],
    [
      'a value in a map',
      { byNumber: { 5: { list: [{ bool: 'x' }] } } },
      'All.byNumber["5"].list[0].bool: must be true or false',
    ],
    ['undefined in a map', { byText: { a: undefined } }, 'All.byText["a"]: must be a string, not undefined'],
    [
      'two of a oneof',
      { first: '', third: {} },
      "All: has first and third, and may have only one of the oneof 'choice'",
    ],
    ['an invalid Date', { at: new Date(NaN) }, 'All.at: must be a Date in the years 1 to 9999'],
    ['a Date that is too late', { at: new Date('+010000-01-01T00:00:00Z') }, 'All.at: must be a Date'],
    [
      'the parts of a Date',
      { at: { seconds: 1, nanos: 0 } },
      'All.at: must be a Date in the years 1 to 9999, not an object',
    ],
    ['what has no words', { int32: Symbol('s') }, 'All.int32: must be'],
    ['a function', { string: () => 'x' }, 'not a function'],
  ])('%s', (_, value, message) => {
    expect(() => all.serialize(value, ALL)).toThrow(message);
    expect(all.deserialize(all.serialize({ string: 'next' }, ALL), ALL)).toMatchObject({ string: 'next', int32: 0 });
  });

  test('a value that refers to itself', () => {
    const value: Record<string, unknown> = {};
    value.inner = value;
    expect(() => all.serialize(value, ALL)).toThrow('it is nested deeper than maxDepth');
    const endless = protobuf({ schema: SCHEMA, tasks: { all: 'all.All' }, maxDepth: Infinity });
    expect(() => endless.serialize(value, ALL)).toThrow('it is nested too deeply, or refers to itself');
    expect(endless.serialize({ int32: 1 }, ALL)).toHaveLength(2);
  });
});

test('an array says what may have made it', () => {
  const serializer = protobuf({ schema, topics: { sums: 'calc.Sum' }, tasks: { sum: 'calc.Sum' }, route: 'calc.Sum' });
  const refusal = 'Sum: must be an object for calc.Sum, which has value, not an array';
  const refused = (pattern: MessageInfo['pattern'], subject: string): unknown => {
    try {
      return serializer.serialize([{ value: 1 }], { pattern, subject });
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refused('task', 'sum')).toBe(
    `${refusal}. A task with fields of its own is an array, too, and cannot travel as protobuf: put them into its data`,
  );
  expect(refused('publish', 'sums')).toBe(
    `${refusal}. The messages of one publishMultipart are an array, too, and cannot travel as protobuf: publish each by itself`,
  );
  expect(refused('route', '1')).toBe(refusal);
});

test('what a value of its own code throws comes through', () => {
  const error = new TypeError('of my own');
  const value = {
    get string(): string {
      throw error;
    },
  };
  expect(() => all.serialize({ list: [value] }, ALL)).toThrow(error);
});

test('a value that encodes another meanwhile', () => {
  const inner = all.serialize({ int32: 7 }, ALL);
  const value = {
    string: 'before',
    get bytes(): Uint8Array {
      return all.serialize({ int32: 7 }, ALL);
    },
  };
  expect(all.deserialize(all.serialize(value, ALL), ALL)).toMatchObject({
    string: 'before',
    bytes: Buffer.from(inner),
  });
});

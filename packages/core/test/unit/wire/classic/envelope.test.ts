import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createError } from '../../../../src/errors/create-error.js';
import { toWireError } from '../../../../src/errors/wire-error.js';
import { json } from '../../../../src/serializers/json.js';
import { ClassicCodec } from '../../../../src/wire/classic/envelope.js';

const codec = new ClassicCodec(() => json);
const written = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('a classic request', () => {
  it('is one object with type, data, timestamp in seconds, and id', () => {
    const before = Date.now() / 1000;
    const request = written(
      codec.encodeRequest({ action: 'add', data: { a: 1 }, requestId: 'r-1', headers: {} }),
    ) as Record<string, unknown>;
    expect(request).toEqual({ type: 'add', data: { a: 1 }, timestamp: expect.any(Number), request_id: 'r-1' });
    expect(request['timestamp']).toBeGreaterThanOrEqual(before);
    expect(request['timestamp']).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('carries headers if it has some', () => {
    const headers = { 'trace-id': 't1' };
    const bytes = codec.encodeRequest({ action: 'add', data: null, requestId: 'r-1', headers });
    expect(written(bytes)).toMatchObject({ headers });
    expect(codec.decodeRequest(bytes)).toEqual({ action: 'add', data: null, requestId: 'r-1', headers });
  });

  it.each([
    ['without data', { type: 'add' }, { action: 'add', data: undefined, requestId: undefined, headers: {} }],
    ['without an id', { type: 'add', data: 1 }, { action: 'add', data: 1, requestId: undefined, headers: {} }],
    ['with an id that is no text', { type: 'a', request_id: 7 }, { action: 'a', requestId: undefined, headers: {} }],
    [
      'with headers that are no texts, which are left out',
      { type: 'a', headers: { x: 'y', n: 1, o: {} } },
      { action: 'a', headers: { x: 'y' } },
    ],
    ['with headers that are none', { type: 'a', headers: ['x'] }, { action: 'a', headers: {} }],
    ['with keys that we do not know', { type: 'a', data: 1, priority: 5 }, { action: 'a', data: 1, headers: {} }],
    ['with an empty type', { type: '', data: 1 }, { action: '', data: 1 }],
  ])('is read %s', (_how, body, expected) => {
    expect(codec.decodeRequest(bytesOf(body))).toMatchObject(expected);
  });

  it.each([null, 5, 'text', [1, 2], { data: 1 }, { type: 5, data: 1 }, {}])(
    'is of the type unknown, whole, when the body is %j',
    (body) => {
      const request = { action: 'unknown', data: body, requestId: undefined, headers: {} };
      expect(codec.decodeRequest(bytesOf(body))).toEqual(request);
    },
  );

  it('names the request in the error when its data cannot be encoded', () => {
    const encode = (): unknown =>
      codec.encodeRequest({ action: 'add', data: { sum: 5n }, requestId: 'r-1', headers: {} });
    expect(encode).toThrow(/the data of request 'add'.*'sum'/);
  });

  it('gives headers called __proto__ no power', () => {
    const { headers } = codec.decodeRequest(Buffer.from('{"type":"a","headers":{"__proto__":"x","a":"b"}}'));
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'x'],
      ['a', 'b'],
    ]);
  });
});

describe('a classic task', () => {
  const task = {
    id: 't-1',
    type: 'resize',
    data: { file: 'a.png' },
    priority: 3,
    timestamp: 1_700_000_000_123,
    headers: {},
    extra: {},
  };

  it('is one object with type, data, priority, timestamp in seconds, and id', () => {
    expect(written(codec.encodeTask(task))).toEqual({
      type: 'resize',
      data: { file: 'a.png' },
      priority: 3,
      timestamp: 1_700_000_000.123,
      task_id: 't-1',
    });
  });

  it('keeps headers and whatever else it holds', () => {
    const full = { ...task, headers: { a: 'b' }, extra: { retries: 2, owner: { name: 'x' } } };
    const bytes = codec.encodeTask(full);
    expect(written(bytes)).toMatchObject({ retries: 2, owner: { name: 'x' }, headers: { a: 'b' } });
    expect(codec.decodeTask(bytes)).toEqual({ ...full, bare: false });
  });

  it('does not let what else it holds take the place of its own fields', () => {
    const extra = { type: 'x', data: 'x', priority: 'x', timestamp: 'x', task_id: 'x' };
    expect(written(codec.encodeTask({ ...task, extra }))).toEqual(written(codec.encodeTask(task)));
  });

  it('keeps its time to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2035, 0, 1) }), (timestamp) => {
        expect(codec.decodeTask(codec.encodeTask({ ...task, timestamp })).timestamp).toBe(timestamp);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has a type alone, and defaults for the rest', () => {
    const before = Date.now();
    const read = codec.decodeTask(bytesOf({ type: 'resize' }));
    expect(read).toMatchObject({ type: 'resize', priority: 0, headers: {}, extra: {}, bare: false });
    expect(read).toMatchObject({ id: undefined, data: undefined });
    expect(read.timestamp).toBeGreaterThanOrEqual(before);
  });

  it.each([
    [{ type: 't', priority: '5' }, { priority: 0 }],
    [{ type: 't', priority: -2.5 }, { priority: -2.5 }],
    [{ type: 't', task_id: 5 }, { id: undefined }],
    [{ type: 't', timestamp: 12.5 }, { timestamp: 12_500 }],
    [{ type: 't', headers: 'x' }, { headers: {} }],
    [
      { type: 't', bare: true, id: 'mine' },
      { bare: false, extra: { bare: true, id: 'mine' } },
    ],
  ])('is read from %j', (body, expected) => {
    expect(codec.decodeTask(bytesOf(body))).toMatchObject(expected);
  });

  it('takes the time of its arrival for a timestamp that is none', () => {
    const before = Date.now();
    expect(codec.decodeTask(bytesOf({ type: 't', timestamp: 'now' })).timestamp).toBeGreaterThanOrEqual(before);
  });

  it('pollutes nothing with __proto__ among its keys', () => {
    const { extra } = codec.decodeTask(Buffer.from('{"type":"t","__proto__":{"polluted":true}}'));
    expect(extra['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const again = written(codec.encodeTask({ ...task, extra })) as object;
    expect(Object.hasOwn(again, '__proto__')).toBe(true);
  });

  it.each([null, 5, 'text', [1, 2], { data: 1 }, { type: 5 }])('is bare and unknown when the body is %j', (body) => {
    expect(codec.decodeTask(bytesOf(body))).toMatchObject({
      id: undefined,
      type: 'unknown',
      data: body,
      priority: 0,
      headers: {},
      extra: {},
      bare: true,
    });
  });
});

describe('a classic reply', () => {
  it.each([
    null,
    5,
    'error',
    [],
    [{ status: 'error', message: 'x', request_type: 'add' }],
    {},
    { status: 'ok', request_type: 'add' },
    { status: 'error' },
    { status: 'error', message: 'a result that looks like one' },
    { status: 'ERROR', request_type: 'add' },
    { status: true, code: 'REMOTE' },
    { code: 'REMOTE', message: 'x', request_type: 'add' },
  ])('is a result: %j', (body) => {
    expect(codec.decodeReply(bytesOf(body), 'add')).toEqual({ result: body });
  });

  it.each([
    // As Python answers.
    [
      { status: 'error', message: 'no such user', request_type: 'find' },
      { name: 'RemoteError', code: 'REMOTE', message: 'no such user', retryable: false, outcome: 'answered' },
    ],
    // As ours do.
    [
      { status: 'error', message: 'm', request_type: 'f', code: 'OVERLOADED', retryable: true, details: { n: 1 } },
      { name: 'OverloadedError', code: 'OVERLOADED', retryable: true, details: { n: 1 } },
    ],
    [
      { status: 'error', message: 'm', code: 'TEAPOT' },
      { name: 'RemoteError', code: 'TEAPOT', outcome: 'answered' },
    ],
    [
      { status: 'error', request_type: 'f' },
      { code: 'REMOTE', message: expect.stringContaining('no message') },
    ],
    [
      { status: 'error', request_type: 'f', message: 5, code: 7 },
      { code: 'REMOTE', name: 'RemoteError' },
    ],
    [{ status: 'error', request_type: 'f', message: 'm', retryable: 'yes' }, { retryable: false }],
    [{ status: 'error', request_type: null, message: 'm' }, { message: 'm' }],
  ])('is a rejection: %j', (body, expected) => {
    const reply = codec.decodeReply(bytesOf(body), 'f');
    expect(reply).toEqual({ error: expect.objectContaining(expected) });
  });

  it('gives back any result, tagged values included', () => {
    const result = { at: new Date(0), ids: new Set([1]), raw: Buffer.of(1) };
    expect(codec.decodeReply(codec.encodeResult(result, 'add'), 'add')).toEqual({ result });
    expect(codec.decodeReply(codec.encodeResult(undefined, 'add'), 'add')).toEqual({ result: null });
  });

  it('carries an error of ours, and says which request it is for', () => {
    const error = createError('INVALID_INPUT', 'no', { details: { issues: [{ path: '/a', message: 'b' }] } });
    const bytes = codec.encodeError(toWireError(error, true), 'add');
    expect(written(bytes)).toEqual({
      status: 'error',
      message: 'no',
      request_type: 'add',
      code: 'INVALID_INPUT',
      retryable: false,
      details: { issues: [{ path: '/a', message: 'b' }] },
    });
    const { code, message, retryable, details } = error;
    expect(codec.decodeReply(bytes, 'add')).toEqual({
      error: expect.objectContaining({ code, message, retryable, details }),
    });
  });

  it('has no details if the error has none', () => {
    const bytes = codec.encodeError({ code: 'REMOTE', message: 'm', retryable: false }, 'add');
    expect(written(bytes)).not.toHaveProperty('details');
  });

  it('names the request in the error when the result cannot be encoded, or decoded', () => {
    expect(() => codec.encodeResult(5n, 'add')).toThrow(/the result of 'add'/);
    expect(() => codec.decodeReply(Buffer.from('{'), 'add')).toThrow(/the reply to 'add'/);
  });
});

describe('bytes that come from anywhere', () => {
  const envelopeLike = fc.record(
    {
      type: fc.oneof(fc.string(), fc.jsonValue()),
      data: fc.jsonValue(),
      headers: fc.jsonValue(),
      priority: fc.jsonValue(),
      timestamp: fc.jsonValue(),
      task_id: fc.jsonValue(),
      request_id: fc.jsonValue(),
      status: fc.constantFrom('error', 'ok'),
      message: fc.jsonValue(),
      request_type: fc.jsonValue(),
      code: fc.oneof(fc.constantFrom('TIMEOUT', 'INVALID_INPUT', 'UNRECOVERABLE', '__proto__'), fc.jsonValue()),
      retryable: fc.jsonValue(),
      details: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const anyBytes = fc.oneof(fc.uint8Array(), fc.jsonValue().map(bytesOf), envelopeLike.map(bytesOf));

  it.each([
    ['a request', (bytes: Uint8Array) => codec.decodeRequest(bytes)],
    ['a task', (bytes: Uint8Array) => codec.decodeTask(bytes)],
    ['a reply', (bytes: Uint8Array) => codec.decodeReply(bytes, 'add')],
  ])('are %s or a SerializationError, and throw nothing else', (_what, decode) => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SerializationError', code: 'DECODE' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the serializer of a classic endpoint', () => {
  it('is used as it is unless it is JSON', () => {
    const reverse = (text: string): string => Buffer.from(text).reverse().toString('latin1');
    const reversed = {
      name: 'reversed',
      contentType: 'text/plain',
      serialize: (value: unknown) => Buffer.from(reverse(JSON.stringify(value))),
      deserialize: (bytes: Uint8Array) => JSON.parse(reverse(Buffer.from(bytes).toString('latin1'))) as unknown,
    };
    const custom = new ClassicCodec(() => reversed);
    expect(Buffer.from(custom.encodeValue({ a: 12 }, 'x')).toString()).toBe('}21:"a"{');
    expect(custom.decodeValue(Buffer.from('}21:"a"{'), 'x')).toEqual({ a: 12 });
    expect(() => custom.decodeValue(Buffer.from('{'), 'x')).toThrow(/cannot decode x as reversed/);
  });
});

import { expect } from '@jest/globals';

const DIGITS = '12345678901234567890.12345678901234567890';
const TEXT = '你好，世界 — héllo \u{1f600} \u2028 "quoted"\\';
const PLAIN = [null, true, false, 0, -1, Number.MAX_SAFE_INTEGER, 1.5, '', [], {}];
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
const MOMENT = new Date('2024-05-06T12:30:15.123Z');

/** What `check_from_node` of the Python samples expects, value by value. */
export const FROM_NODE = {
  date: MOMENT,
  bytes: ALL_BYTES,
  part: ALL_BYTES.subarray(2, 4),
  buffer: Uint8Array.of(4, 5).buffer,
  set: new Set<unknown>([1, '二']),
  nested: { list: [{ when: new Set([new Date('2024-05-06T00:00:00Z')]), raw: Uint8Array.of(0, 255) }] },
  text: TEXT,
  plain: PLAIN,
  // What JavaScript has no type for can be written out as the tag.
  handmade: {
    decimal: { __type__: 'decimal', value: DIGITS },
    tuple: { __type__: 'tuple', value: [1, '二'] },
    date: { __type__: 'date', value: '2024-05-06' },
    object: { __type__: 'object', value: { number: 7 } },
  },
};

/** The names that Python tells when it has found each of them as it should be. */
export const CHECKED_BY_PYTHON = Object.keys(FROM_NODE).sort();

/** What has to become of Python's samples here: a datetime or date without a zone is local time, a tuple is an array. */
const fromPython = () => ({
  utc: MOMENT,
  offset: MOMENT,
  naive: new Date(2024, 4, 6, 12, 30, 15, 123),
  date: new Date(2024, 4, 6),
  decimal: DIGITS,
  bytes: Buffer.from(ALL_BYTES),
  noBytes: Buffer.alloc(0),
  set: new Set([1, 2, 3]),
  textSet: new Set(['红', '绿']),
  emptySet: new Set(),
  tuple: [1, '二', [3.5, null]],
  object: { number: 7, lines: [{ price: '9.90' }] },
  nested: { list: [{ when: new Set([new Date(2024, 4, 6)]), raw: [Buffer.of(0, 255)] }] },
  text: TEXT,
  plain: PLAIN,
});

/** The names that Python tells when it has got its own samples back. */
export const ECHO_CHECKED_BY_PYTHON = Object.keys(fromPython()).sort();

/** Fails unless this is what Python's samples are here. */
export function expectSamplesFromPython(data: unknown): void {
  expect(data).toStrictEqual(fromPython());
}

import type { BodyBlock } from '@liberzmq/core';
import { protoKey } from '../scanner.js';

const MOST_SHAPES = 32;
const MOST_KEYS = 64;
const NO_KEYS: Shape = [];
/** What stands before a value that stands for itself: the head of an array of two, and nil. */
const HEAD_BYTES = 2;

/** The keys that objects have in common, in their order. */
type Shape = readonly string[];

/** What a block needs of its serializer. */
export interface BlockCodec {
  serialize(value: unknown): Uint8Array;
  /** A row as bytes that have been checked. */
  encodeRow(row: readonly unknown[]): Uint8Array;
}

/**
 * Values as rows, each an array: `[nil, value]`; or, for an object, `[keys, ...values]` where its keys are new in this block and
 * `[n, ...values]` where they are those of the n-th row, from 0, that brought keys. So keys that repeat are written once. The first value stands
 * for itself, so that it can travel alone as it is.
 */
export class MsgpackBlock implements BodyBlock {
  readonly #codec: BlockCodec;
  readonly #rows: Uint8Array[] = [];
  readonly #shapes: Shape[] = [];

  constructor(codec: BlockCodec) {
    this.#codec = codec;
  }

  add(value: unknown, mostBytes: number): number | Uint8Array {
    const object = this.#rows.length > 0 && isPlainObject(value) ? value : undefined;
    const keys = object === undefined ? NO_KEYS : Object.keys(object);
    const shape = object === undefined ? -1 : this.#find(keys);
    const isNew = object !== undefined && shape === -1 && this.#shapes.length < MOST_SHAPES && keys.length <= MOST_KEYS;
    if (isNew && keys.includes('__proto__')) throw protoKey();
    const isRow = object !== undefined && (isNew || shape !== -1);
    const row = isRow ? rowOf(isNew ? keys : shape, keys, object) : [null, value];
    const bytes = this.#codec.encodeRow(row);
    if (bytes.byteLength >= mostBytes) return isRow ? this.#codec.serialize(value) : bytes.subarray(HEAD_BYTES);
    if (isNew) this.#shapes.push(keys);
    this.#rows.push(bytes);
    return bytes.byteLength;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#rows);
  }

  finishAlone(): Uint8Array {
    return this.#rows[0]?.subarray(HEAD_BYTES) ?? this.finish();
  }

  #find(keys: Shape): number {
    const shapes = this.#shapes;
    for (let i = 0; i < shapes.length; i++) if (isSame(shapes[i], keys)) return i;
    return -1;
  }
}

/** The values of a block from its rows, whose bytes have been checked. @throws Error */
export function valuesOf(rows: readonly unknown[]): unknown[] {
  const shapes: Shape[] = [];
  return rows.map((row) => {
    if (!Array.isArray(row) || row.length === 0) throw new Error('a row of the block is not an array');
    const [head] = row as unknown[];
    if (head === null) {
      if (row.length !== 2) throw new Error('a row of the block has not just one value');
      return row[1] as unknown;
    }
    if (typeof head !== 'number') shapes.push(shapeFrom(head, shapes.length));
    return objectOf(shapes[typeof head === 'number' ? head : shapes.length - 1], row);
  });
}

function shapeFrom(head: unknown, before: number): Shape {
  if (before === MOST_SHAPES) throw new Error(`a block brings keys more than ${String(MOST_SHAPES)} times`);
  if (!Array.isArray(head) || !head.every((key) => typeof key === 'string'))
    throw new Error('a row of the block has keys that are not text');
  if (head.includes('__proto__')) throw protoKey();
  return head;
}

function objectOf(shape: Shape | undefined, row: readonly unknown[]): unknown {
  if (shape?.length !== row.length - 1) throw new Error('a row of the block does not go with its keys');
  const object: Record<string, unknown> = {};
  for (let i = 0; i < shape.length; i++) object[shape[i] as string] = row[i + 1];
  return object;
}

function rowOf(head: unknown, keys: Shape, value: Readonly<Record<string, unknown>>): unknown[] {
  const row = new Array<unknown>(keys.length + 1);
  row[0] = head;
  for (let i = 0; i < keys.length; i++) row[i + 1] = value[keys[i] as string];
  return row;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && value.constructor === Object;
}

function isSame(one: Shape | undefined, other: Shape): boolean {
  if (one?.length !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

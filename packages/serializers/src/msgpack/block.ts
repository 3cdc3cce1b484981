import type { BodyBlock } from '@liberzmq/core';
import { explained } from '../encoding.js';
import { checkSize } from '../options.js';
import { protoKey } from '../refusals.js';
import type { MsgpackReader } from './reader.js';
import { Shape } from './shape.js';
import { isPlainObject, type MsgpackWriter } from './writer.js';

const MOST_SHAPES = 32;
const MOST_KEYS = 64;
/** What stands before a value that stands for itself: the head of an array of two, and nil. */
const HEAD_BYTES = 2;
const NO_BYTES: Buffer = Buffer.alloc(0);

type Keys = readonly string[];

/** What a block needs of its serializer. */
export interface BlockCodec {
  readonly maxDepth: number;
  readonly maxBytes: number;
  serialize(value: unknown): Uint8Array;
  takeWriter(): MsgpackWriter;
  giveBack(writer: MsgpackWriter): void;
}

/**
 * Values as rows, each an array: `[nil, value]`; or, for an object, `[keys, ...values]` where its keys are new in this block and
 * `[n, ...values]` where they are those of the n-th row, from 0, that brought keys. So keys that repeat are written once. The first value stands
 * for itself, so that it can travel alone as it is.
 */
export class MsgpackBlock implements BodyBlock {
  readonly #codec: BlockCodec;
  readonly #shapes: Keys[] = [];
  /** The place of the keys of the object before: those of the next one are mostly the same. */
  #last = -1;
  /** Rows behind which something else has been written. */
  readonly #before: Uint8Array[] = [];
  /** The rows since then. */
  #slab: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;
  #isEmpty = true;

  constructor(codec: BlockCodec) {
    this.#codec = codec;
  }

  add(value: unknown, mostBytes: number): number | Uint8Array {
    const writer = this.#codec.takeWriter();
    try {
      this.#resume(writer);
      const from = writer.length;
      const shapes = this.#shapes.length;
      const isObject = this.#write(writer, value, from, shapes);
      const bytes = writer.length - from;
      if (bytes < mostBytes) {
        this.#slab = writer.slab;
        this.#start = writer.start;
        this.#end = writer.at;
        this.#isEmpty = false;
        return bytes;
      }
      if (!isObject) return writer.finished(from + HEAD_BYTES);
      this.#takeBack(writer, from, shapes);
    } finally {
      this.#codec.giveBack(writer);
    }
    return this.#codec.serialize(value);
  }

  finish(): Uint8Array {
    const rows = this.#slab.subarray(this.#start, this.#end);
    return this.#before.length === 0 ? rows : Buffer.concat([...this.#before, rows]);
  }

  finishAlone(): Uint8Array {
    return this.finish().subarray(HEAD_BYTES);
  }

  /** Goes on behind the rows, if nothing else has been written there. */
  #resume(writer: MsgpackWriter): void {
    if (writer.slab === this.#slab && writer.at === this.#end) {
      writer.start = this.#start;
      return;
    }
    if (this.#end > this.#start) this.#before.push(this.#slab.subarray(this.#start, this.#end));
    writer.begin();
    this.#slab = writer.slab;
    this.#start = this.#end = writer.start;
  }

  /** Writes a row. @returns whether it is that of an object @throws if there is none; it is then as it was before */
  #write(writer: MsgpackWriter, value: unknown, from: number, shapes: number): boolean {
    try {
      const isObject = !this.#isEmpty && isPlainObject(value) && this.#object(writer, value, from);
      if (!isObject) {
        // A getter may have changed the keys meanwhile: then some of it is there.
        if (writer.length > from) this.#takeBack(writer, from, shapes);
        this.#itself(writer, value);
      }
      checkSize(writer.length - from, this.#codec.maxBytes);
      return isObject;
    } catch (error) {
      this.#takeBack(writer, from, shapes);
      throw explained(error);
    }
  }

  #takeBack(writer: MsgpackWriter, from: number, shapes: number): void {
    writer.rewind(from);
    this.#shapes.length = shapes;
    this.#last = -1;
  }

  #itself(writer: MsgpackWriter, value: unknown): void {
    writer.arrayHead(2);
    writer.value(null, 0);
    writer.value(value, this.#codec.maxDepth);
  }

  /** @returns false if it is not written: it has too many keys, there are too many of them already, or they have changed. */
  #object(writer: MsgpackWriter, object: Readonly<Record<string, unknown>>, from: number): boolean {
    if (this.#last !== -1) {
      if (this.#row(writer, this.#last, this.#shapes[this.#last] as Keys, object)) return true;
      writer.rewind(from);
    }
    const keys = Object.keys(object);
    this.#last = this.#find(keys);
    if (this.#last !== -1) return this.#row(writer, this.#last, keys, object);
    if (this.#shapes.length === MOST_SHAPES || keys.length > MOST_KEYS) return false;
    if (keys.includes('__proto__')) throw protoKey();
    this.#last = this.#shapes.push(keys) - 1;
    return this.#row(writer, keys, keys, object);
  }

  #row(writer: MsgpackWriter, head: number | Keys, keys: Keys, object: Readonly<Record<string, unknown>>): boolean {
    writer.arrayHead(keys.length + 1);
    writer.value(head, 1);
    return writer.values(object, keys, this.#codec.maxDepth - 1);
  }

  #find(keys: Keys): number {
    const shapes = this.#shapes;
    for (let i = 0; i < shapes.length; i++) if (isSame(shapes[i], keys)) return i;
    return -1;
  }
}

/** The values of a block. @throws Error */
export function readBlock(reader: MsgpackReader, bytes: Buffer, maxDepth: number, maxBytes: number): unknown[] {
  const shapes: Shape[] = [];
  const values: unknown[] = [];
  reader.begin(bytes);
  try {
    while (!reader.isAtEnd) {
      const start = reader.at;
      values.push(readRow(reader, shapes, maxDepth));
      checkSize(reader.at - start, maxBytes);
    }
  } finally {
    reader.end();
  }
  return values;
}

function readRow(reader: MsgpackReader, shapes: Shape[], maxDepth: number): unknown {
  const length = reader.arrayHead();
  if (length < 1) throw new Error('a row of the block is not an array, or is empty');
  const head = reader.value(2);
  if (head === null) {
    if (length !== 2) throw new Error('a row of the block has not just one value');
    return reader.value(maxDepth);
  }
  if (typeof head !== 'number') shapes.push(shapeFrom(head, shapes.length));
  const shape = shapes[typeof head === 'number' ? head : shapes.length - 1];
  if (shape?.keys.length !== length - 1) throw new Error('a row of the block does not go with its keys');
  return shape.read(reader, maxDepth - 1);
}

function shapeFrom(head: unknown, before: number): Shape {
  if (before === MOST_SHAPES) throw new Error(`a block brings keys more than ${String(MOST_SHAPES)} times`);
  if (!Array.isArray(head) || !head.every((key) => typeof key === 'string'))
    throw new Error('a row of the block has keys that are not text');
  if (head.includes('__proto__')) throw protoKey();
  return Shape.of(head);
}

function isSame(one: Keys | undefined, other: Keys): boolean {
  if (one?.length !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

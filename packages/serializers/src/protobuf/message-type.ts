import { truncated } from '../refusals.js';
import type { Field } from './fields.js';
import { checkMade, HEAP, type MeteredReader, type MeteredWriter } from './memory.js';
import { describe, Refusal, refused, tooDeep, within } from './refusal.js';
import type { Element } from './scalars.js';
import { isOfOtherKind, isPlain, type Values } from './values.js';
import { begin, skip, tagOf, WIRE } from './wire.js';

/** Fields of which a message has one at most. */
export interface Oneof {
  readonly name: string;
  readonly fields: readonly Field[];
}

/**
 * A message type as a table of its fields, which is walked over in both directions: values are checked as they are written, and bytes are read
 * straight into plain objects.
 */
export class MessageType implements Element {
  readonly wire = WIRE.length;
  /** With its package: `calc.Add`. */
  readonly name: string;
  #fields: readonly Field[] = [];
  #oneofs: readonly Oneof[] = [];
  #required: readonly Field[] = [];
  #collections: readonly Field[] = [];
  /** A message of which nothing was sent, but for its collections, which are of each one's own. */
  #blank: Values = {};
  /** How much memory a message takes of which nothing was sent. */
  #blankBytes: number = HEAP.message;
  readonly #names = new Set<string>();
  /** The places of the fields, by tag. */
  readonly #indexes = new Map<number, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** Once, when the types of the fields exist, this one perhaps among them. @param fields in the order of their numbers. */
  define(fields: readonly Field[], oneofs: readonly Oneof[]): void {
    this.#fields = fields;
    this.#oneofs = oneofs;
    this.#required = fields.filter(({ isRequired }) => isRequired);
    this.#collections = fields.filter(({ isCollection }) => isCollection);
    const filled = fields.filter(({ blankBytes }) => blankBytes > 0);
    this.#blank = withProperties(filled.map(({ name }) => name));
    for (const field of filled) if (!field.isCollection) field.fill(this.#blank);
    this.#blankBytes = filled.reduce<number>((bytes, field) => bytes + field.blankBytes, HEAP.message);
    for (const [index, field] of fields.entries()) {
      this.#names.add(field.name);
      this.#indexes.set(field.tag, index);
      if (field.otherTag !== undefined) this.#indexes.set(field.otherTag, index);
    }
  }

  /** What stands for a message of which nothing was sent. */
  absent(reader: MeteredReader): unknown {
    reader.made += this.#blankBytes;
    checkMade(reader, reader.buf.byteLength);
    const message = { ...this.#blank };
    for (const field of this.#collections) field.fill(message);
    return message;
  }

  write(writer: MeteredWriter, value: unknown, depth: number): void {
    writer.fork();
    this.writeFields(writer, value, depth);
    writer.ldelim();
  }

  read(reader: MeteredReader, depth: number, before?: unknown): unknown {
    const outer = begin(reader);
    const message = this.readFields(reader, depth, before);
    reader.len = outer;
    return message;
  }

  /** A message without its length. @throws Refusal */
  writeFields(writer: MeteredWriter, value: unknown, depth: number): void {
    if (depth < 1) throw tooDeep();
    if (typeof value !== 'object' || value === null) throw this.#refused(value);
    const message = value as Values;
    const plain = isPlain(message);
    if (!plain && isOfOtherKind(message)) throw this.#refused(value);
    writer.made += this.#blankBytes;
    const fields = this.#fields;
    let present = 0;
    let at = 0;
    try {
      for (; at < fields.length; at++) {
        const field = fields[at] as Field;
        const inside = field.of(message, plain);
        if (inside !== undefined && inside !== null) {
          present++;
          field.write(writer, inside, depth);
        } else if (field.isRequired) throw new Refusal('is required, and missing');
      }
    } catch (error) {
      throw within(`.${(fields[at] as Field).name}`, error);
    }
    if (this.#oneofs.length > 0) this.#checkOneofs(message, plain);
    // A plain object with no more properties than fields were found has no others.
    if (!plain || countOf(message) !== present) this.#checkNames(message, plain || present > 0);
  }

  /**
   * A message up to the end of the reader.
   * @param before one that it is merged into.
   * @param endTag what ends it instead.
   */
  readFields(reader: MeteredReader, depth: number, before?: unknown, endTag?: number): unknown {
    if (depth < 1) throw tooDeep();
    const fields = this.#fields;
    const message = (before ?? this.absent(reader)) as Values;
    let next = 0;
    for (;;) {
      if (reader.pos >= reader.len) {
        if (endTag !== undefined) throw truncated();
        break;
      }
      const tag = reader.tag();
      if (tag === endTag) break;
      let index = next;
      if (fields[next]?.tag !== tag) {
        const found = this.#indexes.get(tag);
        if (found === undefined) {
          skip(reader, tag, depth);
          continue;
        }
        index = found;
      }
      (fields[index] as Field).read(reader, message, depth, tag);
      next = index + 1;
    }
    for (const { name } of this.#required)
      if (!Object.hasOwn(message, name)) throw new Refusal(`${this.name}.${name} is required, and missing`);
    return message;
  }

  #checkOneofs(message: Values, plain: boolean): void {
    for (const { name, fields } of this.#oneofs) {
      const present = fields.filter((field) => (field.of(message, plain) ?? undefined) !== undefined);
      if (present.length > 1) {
        const names = present.map((field) => field.name).join(' and ');
        throw new Refusal(`has ${names}, and may have only one of the oneof '${name}'`);
      }
    }
  }

  /** @param isMessage whether it is one even without properties. */
  #checkNames(message: Values, isMessage: boolean): void {
    const names = Object.keys(message);
    if (names.length === 0 && !isMessage) throw this.#refused(message);
    const unknown = names.find((name) => (message[name] ?? undefined) !== undefined && !this.#names.has(name));
    if (unknown === undefined) return;
    throw new Refusal(`has ${describe(unknown)}, which ${this.name} has not; it has ${this.#listed()}`);
  }

  #refused(value: unknown): Refusal {
    return refused(value, `an object for ${this.name}, which has ${this.#listed()}`);
  }

  #listed(): string {
    return [...this.#names].join(', ') || 'no fields';
  }
}

/**
 * An object with those properties, in that order, to be copied: this is faster, and takes a fraction of the memory, than to give each message one
 * property after the other. That they are there before they have values keeps V8 from assuming what these are.
 */
function withProperties(names: readonly string[]): Values {
  return JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`) as Values;
}

/** How many properties are seen in an object; this is faster than to have an array of them. */
function countOf(message: Values): number {
  let count = 0;
  for (const _ in message) count++;
  return count;
}

/** A message between two tags instead of behind its length. */
export class GroupElement implements Element {
  readonly wire = WIRE.group;
  readonly #type: MessageType;
  readonly #endTag: number;

  constructor(type: MessageType, id: number) {
    this.#type = type;
    this.#endTag = tagOf(id, WIRE.groupEnd);
  }

  write(writer: MeteredWriter, value: unknown, depth: number): void {
    this.#type.writeFields(writer, value, depth);
    writer.uint32(this.#endTag);
  }

  read(reader: MeteredReader, depth: number, before?: unknown): unknown {
    return this.#type.readFields(reader, depth, before, this.#endTag);
  }
}

import type { Reader, Writer } from 'protobufjs';
import { truncated } from '../refusals.js';
import type { Field } from './fields.js';
import { describe, Refusal, refused, tooDeep, within } from './refusal.js';
import type { Element } from './scalars.js';
import { isPlain, type Values } from './values.js';
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
    for (const [index, field] of fields.entries()) {
      this.#names.add(field.name);
      this.#indexes.set(field.tag, index);
      if (field.otherTag !== undefined) this.#indexes.set(field.otherTag, index);
    }
  }

  /** What stands for a message of which nothing was sent. */
  absent(): unknown {
    const message: Values = {};
    for (const field of this.#fields) field.fill(message);
    return message;
  }

  write(writer: Writer, value: unknown, depth: number): void {
    writer.fork();
    this.writeFields(writer, value, depth);
    writer.ldelim();
  }

  read(reader: Reader, depth: number, before?: unknown): unknown {
    const outer = begin(reader);
    const message = this.readFields(reader, depth, before);
    reader.len = outer;
    return message;
  }

  /** A message without its length. @throws Refusal */
  writeFields(writer: Writer, value: unknown, depth: number): void {
    if (depth < 1) throw tooDeep();
    if (typeof value !== 'object' || value === null) throw this.#refused(value);
    const message = value as Values;
    const plain = isPlain(message);
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
    if (this.#oneofs.length > 0) this.#checkOneofs(message);
    // A plain object with no more properties than fields were found has no others.
    if (!plain || countOf(message) !== present) this.#checkNames(message);
  }

  /**
   * A message up to the end of the reader.
   * @param before one that it is merged into.
   * @param endTag what ends it instead.
   */
  readFields(reader: Reader, depth: number, before?: unknown, endTag?: number): unknown {
    if (depth < 1) throw tooDeep();
    const fields = this.#fields;
    const message = (before ?? {}) as Values;
    // Each field gets what it has without being sent before the next is read, so that all messages have the same order.
    let filled = before === undefined ? 0 : fields.length;
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
      for (; filled < index; filled++) (fields[filled] as Field).fill(message);
      const field = fields[index] as Field;
      if (filled === index) {
        filled++;
        if (field.isCollection) field.fill(message);
      }
      field.read(reader, message, depth, tag);
      next = index + 1;
    }
    for (; filled < fields.length; filled++) (fields[filled] as Field).fill(message);
    for (const { name } of this.#required)
      if (!Object.hasOwn(message, name)) throw new Refusal(`${this.name}.${name} is required, and missing`);
    return message;
  }

  #checkOneofs(message: Values): void {
    for (const { name, fields } of this.#oneofs) {
      const present = fields.filter((field) => (field.of(message, false) ?? undefined) !== undefined);
      if (present.length > 1) {
        const names = present.map((field) => field.name).join(' and ');
        throw new Refusal(`has ${names}, and may have only one of the oneof '${name}'`);
      }
    }
  }

  #checkNames(message: Values): void {
    const names = Object.keys(message);
    // Without properties, and no plain object: a Map, a Promise, a Date. Nothing of it would be sent.
    if (names.length === 0 && !isPlain(message)) throw this.#refused(message);
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

  write(writer: Writer, value: unknown, depth: number): void {
    this.#type.writeFields(writer, value, depth);
    writer.uint32(this.#endTag);
  }

  read(reader: Reader, depth: number, before?: unknown): unknown {
    return this.#type.readFields(reader, depth, before, this.#endTag);
  }
}

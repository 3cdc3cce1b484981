import type { MapKey } from './map-keys.js';
import { HEAP, type MeteredReader, type MeteredWriter } from './memory.js';
import { Refusal, refused, within } from './refusal.js';
import type { Element, Scalar } from './scalars.js';
import { gotten, isPlain, type Values } from './values.js';
import { begin, skip, tagOf, WIRE, wireOf } from './wire.js';

/** What the schema says of a field of any kind. */
export interface FieldFacts {
  readonly name: string;
  /** Its number. */
  readonly id: number;
  readonly isRequired: boolean;
}

/** A field of a message type. */
export abstract class Field {
  readonly name: string;
  readonly isRequired: boolean;
  /** What stands before it where it is written, and mostly where it is read. */
  readonly tag: number;
  /** What else it is read with. */
  readonly otherTag: number | undefined;
  /** Whether it is read into what a message has for it already. */
  abstract readonly isCollection: boolean;
  /** How much memory a message takes for it without being sent it; 0 where it then has no property for it. */
  abstract readonly blankBytes: number;
  /** Whether any object has something of that name, without being given it: `constructor`. */
  readonly #isInherited: boolean;

  constructor({ name, id, isRequired }: FieldFacts, wire: number, otherWire?: number) {
    this.name = name;
    this.isRequired = isRequired;
    this.tag = tagOf(id, wire);
    this.otherTag = otherWire === undefined ? undefined : tagOf(id, otherWire);
    this.#isInherited = name in Object.prototype;
  }

  /**
   * What a message has for it. `null` and `undefined` stand for nothing.
   * @param isPlain whether it inherits nothing but what all objects do.
   */
  of(message: Values, isPlain: boolean): unknown {
    if ((isPlain && !this.#isInherited) || Object.hasOwn(message, this.name)) return message[this.name];
    return isPlain ? undefined : gotten(message, this.name);
  }

  /** Gives a message what it has for the field without being sent it. */
  abstract fill(message: Values): void;

  /** @param depth how many messages may be in each other, from the one that has the field on. @throws Refusal */
  abstract write(writer: MeteredWriter, value: unknown, depth: number): void;

  /** Reads what comes after the tag into a message. */
  abstract read(reader: MeteredReader, message: Values, depth: number, tag: number): void;
}

/** A field with one value. */
export class SingleField extends Field {
  readonly isCollection = false;
  readonly blankBytes: number;
  readonly #element: Element;
  readonly #isMessage: boolean;
  /** Where the field does not tell whether it is set: then its zero is not sent, and is what a message has without it. */
  readonly #implicit: Scalar | undefined;
  /** The others of its oneof. */
  readonly #rivals: readonly string[] | undefined;

  constructor(
    facts: FieldFacts,
    element: Element,
    implicit: Scalar | undefined,
    rivals: readonly string[] | undefined,
  ) {
    super(facts, element.wire);
    this.#element = element;
    this.#isMessage = !('zero' in element);
    this.#implicit = implicit;
    this.blankBytes = implicit === undefined ? 0 : HEAP.value;
    this.#rivals = rivals;
  }

  override fill(message: Values): void {
    if (this.#implicit !== undefined) message[this.name] = this.#implicit.zero;
  }

  override write(writer: MeteredWriter, value: unknown, depth: number): void {
    if (this.#implicit?.isZero(value) === true) return;
    writer.uint32(this.tag);
    this.#element.write(writer, value, depth - 1);
  }

  override read(reader: MeteredReader, message: Values, depth: number): void {
    const value = this.#element.read(reader, depth - 1, this.#isMessage ? this.of(message, true) : undefined);
    if (value === undefined) return;
    if (this.#rivals !== undefined) removeAll(this.#rivals, message);
    message[this.name] = value;
  }
}

function removeAll(names: readonly string[], message: Values): void {
  for (const name of names) if (Object.hasOwn(message, name)) Reflect.deleteProperty(message, name);
}

/** A field with any number of values: an array. Numbers come together in one length, or each with its tag. */
export class ListField extends Field {
  readonly isCollection = true;
  readonly blankBytes = HEAP.list;
  readonly #element: Element;
  readonly #numbers: Scalar['numbers'];
  readonly #isPackable: boolean;
  readonly #isPacked: boolean;

  /** @param isPacked whether numbers are written together. */
  constructor(facts: FieldFacts, element: Element, isPacked: boolean) {
    const { wire } = element;
    const isPackable = wire !== WIRE.length && wire !== WIRE.group;
    if (!isPackable) super(facts, wire);
    else if (isPacked) super(facts, WIRE.length, wire);
    else super(facts, wire, WIRE.length);
    this.#element = element;
    this.#numbers = (element as Scalar).numbers;
    this.#isPackable = isPackable;
    this.#isPacked = isPackable && isPacked;
  }

  override fill(message: Values): void {
    message[this.name] = [];
  }

  override write(writer: MeteredWriter, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw refused(value, 'an array');
    if (value.length === 0) return;
    let at = 0;
    try {
      if (!this.#isPacked) {
        for (; at < value.length; at++) {
          writer.uint32(this.tag);
          this.#element.write(writer, value[at], depth - 1);
        }
        return;
      }
      writer.uint32(this.tag);
      if (this.#numbers === undefined) {
        writer.fork();
        for (; at < value.length; at++) this.#element.write(writer, value[at], depth);
        writer.ldelim();
      } else {
        for (; at < value.length; at++) this.#numbers.check(value[at]);
        this.#numbers.write(writer, value);
      }
    } catch (error) {
      throw within(`[${String(at)}]`, error);
    }
  }

  override read(reader: MeteredReader, message: Values, depth: number, tag: number): void {
    const values = message[this.name] as unknown[];
    if (!this.#isPackable || wireOf(tag) !== WIRE.length) this.#add(values, reader, depth - 1);
    else if (this.#numbers !== undefined) this.#numbers.read(reader, values);
    else {
      const outer = begin(reader);
      while (reader.pos < reader.len) this.#add(values, reader, depth);
      reader.len = outer;
    }
  }

  #add(values: unknown[], reader: MeteredReader, depth: number): void {
    const value = this.#element.read(reader, depth);
    if (value !== undefined) values.push(value);
  }
}

/** A field with values by keys: a plain object. On the wire each entry is a message of two fields. */
export class MapField extends Field {
  readonly isCollection = true;
  readonly blankBytes = HEAP.map;
  readonly #key: MapKey;
  readonly #element: Element;
  readonly #absentValue: (reader: MeteredReader) => unknown;
  readonly #keyTag: number;
  readonly #valueTag: number;

  /** @param absentValue makes the value of an entry that came without one. */
  constructor(facts: FieldFacts, key: MapKey, element: Element, absentValue: (reader: MeteredReader) => unknown) {
    super(facts, WIRE.length);
    this.#key = key;
    this.#element = element;
    this.#absentValue = absentValue;
    this.#keyTag = tagOf(1, key.scalar.wire);
    this.#valueTag = tagOf(2, element.wire);
  }

  override fill(message: Values): void {
    message[this.name] = {};
  }

  override write(writer: MeteredWriter, value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || !isPlain(value)) throw refused(value, 'a plain object');
    for (const [name, inside] of Object.entries(value)) {
      try {
        writer.uint32(this.tag).fork().uint32(this.#keyTag);
        this.#key.scalar.write(writer, this.#key.parse(checkName(name)), depth);
        writer.uint32(this.#valueTag);
        this.#element.write(writer, inside, depth - 1);
        writer.ldelim();
      } catch (error) {
        throw within(`[${JSON.stringify(name)}]`, error);
      }
    }
  }

  override read(reader: MeteredReader, message: Values, depth: number): void {
    const outer = begin(reader);
    let key = this.#key.scalar.zero;
    let value: unknown;
    let isKnown = true;
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === this.#keyTag) key = this.#key.scalar.read(reader, depth);
      else if (tag === this.#valueTag) {
        value = this.#element.read(reader, depth - 1, value);
        isKnown = value !== undefined;
      } else skip(reader, tag, depth);
    }
    reader.len = outer;
    if (!isKnown) return;
    (message[this.name] as Values)[checkName(typeof key === 'string' ? key : String(key))] =
      value ?? this.#absentValue(reader);
  }
}

function checkName(name: string): string {
  if (name === '__proto__') throw new Refusal('is not accepted as a key');
  return name;
}

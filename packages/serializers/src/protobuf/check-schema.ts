import { ConfigurationError } from '@liberzmq/core';
import type { Enum, Field, Namespace, Type } from 'protobufjs';
import { isClosed } from './enums.js';

const LAST_NUMBER = 536_870_911;
/** What the implementations keep for themselves. */
const RESERVED = { from: 19_000, to: 19_999 };

/** Refuses what `protoc` refuses and protobufjs takes. @throws ConfigurationError BAD_OPTION */
export function checkSchema({ nestedArray }: { readonly nestedArray: readonly object[] }): void {
  for (const nested of nestedArray) {
    if ('fieldsArray' in nested) for (const field of (nested as Type).fieldsArray) checkNumber(field);
    if ('valuesById' in nested) checkEnum(nested as Enum);
    if ('nestedArray' in nested) checkSchema(nested as Namespace);
  }
}

function checkNumber(field: Field): void {
  const { id } = field;
  const isReserved = id >= RESERVED.from && id <= RESERVED.to;
  if (id >= 1 && id <= LAST_NUMBER && !isReserved) return;
  const range = `from 1 to ${String(LAST_NUMBER)}, without ${String(RESERVED.from)} to ${String(RESERVED.to)}`;
  throw badOption(`the field ${nameOf(field)} has the number ${String(id)}; numbers are ${range}`);
}

function checkEnum(type: Enum): void {
  const numbers = Object.entries(type.values);
  const [first] = numbers;
  if (first === undefined) throw badOption(`the enum ${nameOf(type)} has no values`);
  for (const [name, number] of numbers)
    if ((number | 0) !== number) throw badOption(`${nameOf(type)}.${name} is ${String(number)}, which is no int32`);
  if (first[1] !== 0 && !isClosed(type))
    throw badOption(`${nameOf(type)}.${first[0]} is ${String(first[1])}; the first value of an open enum must be 0`);
}

/** With its package, as it is referred to. */
export function nameOf({ fullName }: { readonly fullName: string }): string {
  return fullName.slice(1);
}

export function badOption(what: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('BAD_OPTION', `protobuf: ${what}`, cause === undefined ? {} : { cause });
}

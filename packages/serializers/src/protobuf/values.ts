import { types } from 'node:util';

/** A message, or a map, as its user has it. */
export type Values = Record<string, unknown>;

/** Whether it is an object that `{}` makes, in whatever realm, or one without a prototype. */
export function isPlain(value: object): boolean {
  const prototype = prototypeOf(value);
  return prototype === null || prototype === Object.prototype || prototypeOf(prototype) === null;
}

/** Whether it is a value of a kind of its own, which no message is, whatever properties it has. */
export function isOfOtherKind(value: object): boolean {
  return (
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value) ||
    types.isDate(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isRegExp(value) ||
    types.isPromise(value)
  );
}

/** What a getter of the class of an object gives. What else is on a prototype is no data: methods, the defaults of protobufjs. */
export function gotten(value: Values, name: string): unknown {
  if (!(name in value)) return undefined;
  for (
    let prototype = prototypeOf(value);
    prototype !== null && !isRoot(prototype);
    prototype = prototypeOf(prototype)
  ) {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    if (property !== undefined) return property.get === undefined ? undefined : value[name];
  }
  return undefined;
}

function isRoot(prototype: object): boolean {
  return prototypeOf(prototype) === null;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

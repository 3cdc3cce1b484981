/** A message, or a map, as its user has it. */
export type Values = Record<string, unknown>;

/** Whether it is an object that `{}` makes, in whatever realm, or one without a prototype. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

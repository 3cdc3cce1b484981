/** A value that its type does not take, or bytes that are none of its values. The path to it grows on the way out. */
export class Refusal extends Error {
  path = '';
}

/** What was wrong inside a field, an element or an entry, now with that in its path. Any other error stays as it is. */
export function within(step: string, error: unknown): unknown {
  if (error instanceof Refusal) error.path = `${step}${error.path}`;
  return error;
}

/** @param wanted what would do: `a boolean`. */
export function refused(value: unknown, wanted: string): Refusal {
  return new Refusal(`must be ${wanted}, not ${describe(value)}`);
}

/** The message is nested deeper than it may be. */
export function tooDeep(): Refusal {
  return new Refusal('it is nested deeper than maxDepth');
}

/** A value in a message: short, and telling a string from a number. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `a ${name}` : 'an object';
}

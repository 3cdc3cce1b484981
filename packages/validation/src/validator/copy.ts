/** A copy of a value's arrays and plain objects, all the way down; everything else is shared. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isPlain(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const each = copyOf(value[key]);
    // A plain assignment would set the prototype.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: each, writable: true, enumerable: true, configurable: true });
    else copy[key] = each;
  }
  return copy;
}

/** The keys that lead to what a copy has lost of its original's own properties. */
export function lostIn(copy: unknown, original: unknown, keys: readonly string[] = []): string[][] {
  if (typeof original !== 'object' || original === null || typeof copy !== 'object' || copy === null) return [];
  return Object.keys(original).flatMap((key) => {
    const path = [...keys, key];
    if (!Object.hasOwn(copy, key)) return [path];
    return lostIn((copy as Record<string, unknown>)[key], (original as Record<string, unknown>)[key], path);
  });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** A copy of a value's arrays and objects, all the way down; bytes, dates, maps and the like are shared. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value)) return value;
  const prototype = Object.getPrototypeOf(value) as object | null;
  const copy = (prototype === Object.prototype ? {} : Object.create(prototype)) as Record<string, unknown>;
  for (const key of Object.keys(value)) {
    const each = copyOf(value[key]);
    // A plain assignment would run what is inherited under this name, or set the prototype.
    if (key in copy)
      Object.defineProperty(copy, key, { value: each, writable: true, enumerable: true, configurable: true });
    else copy[key] = each;
  }
  return copy;
}

/** The properties that a copy has lost of its original's own, each with the keys that lead to it, up to so many. */
export function lostIn(copy: unknown, original: unknown, most: number): Lost[] {
  const lost: Lost[] = [];
  const look = (one: unknown, other: unknown, keys: readonly string[]): void => {
    if (one === other || !isCopied(one) || !isCopied(other)) return;
    for (const key of Object.keys(other)) {
      if (lost.length >= most) return;
      if (!Object.hasOwn(one, key)) lost.push({ keys: [...keys, key], value: other[key] });
      // What is no object has no properties to lose, and needs no path.
      else if (isCopied(other[key])) look(one[key], other[key], [...keys, key]);
    }
  };
  look(copy, original, []);
  return lost;
}

interface Lost {
  readonly keys: readonly string[];
  readonly value: unknown;
}

function isCopied(value: unknown): value is Record<string, unknown> {
  return Array.isArray(value) || isObject(value);
}

/** Whether it is an object of properties: a plain one or an instance of a class, but no bytes, date, map or the like. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';
}

/**
 * A value as the tables of vectors write it: JSON, and objects with one key that begins with `$` for what JSON does not have. `$float`, `$bigint`,
 * `$bytes` (in hexadecimal), `$date` (in ms since 1970), `$set`, `$map`, `$array` (a typed one), `$undefined`; `$ext` and `$tag` for what only other languages see of an
 * extension or tag; `$times` for an array of the same, `$text` for text that repeats.
 */
export type Notation = string | number | boolean | null | readonly Notation[] | { readonly [key: string]: Notation };

const TYPED_ARRAYS = { Uint8Array, Int16Array, Uint32Array, Float32Array, Float64Array };

const READERS: Readonly<Record<string, (content: never) => unknown>> = {
  $float: Number,
  $bigint: (digits: string) => BigInt(digits),
  $bytes: bytesOf,
  $date: (ms: number) => new Date(ms),
  $set: (items: readonly Notation[]) => new Set(items.map(valueOf)),
  $map: (entries: readonly (readonly [Notation, Notation])[]) =>
    new Map(entries.map(([key, item]) => [valueOf(key), valueOf(item)])),
  $array: ([type, items]: readonly [keyof typeof TYPED_ARRAYS, readonly number[]]) => TYPED_ARRAYS[type].from(items),
  $undefined: () => undefined,
};

/** The value that is meant. */
export function valueOf(notation: Notation): unknown {
  return read(expanded(notation));
}

function read(notation: Notation): unknown {
  if (typeof notation !== 'object' || notation === null) return notation;
  if (isArray(notation)) return notation.map(read);
  const [[key, content] = ['', null]] = Object.entries(notation);
  const reader = READERS[key];
  if (reader !== undefined) return reader(content as never);
  return Object.fromEntries(Object.entries(notation).map(([name, item]) => [name, read(item)]));
}

/** Without `$times` and `$text`. */
export function expanded(notation: Notation): Notation {
  if (typeof notation !== 'object' || notation === null) return notation;
  if (isArray(notation)) return notation.map(expanded);
  if ('$times' in notation) {
    const [count, item] = notation['$times'] as readonly [number, Notation];
    return Array.from({ length: count }, () => expanded(item));
  }
  if ('$text' in notation) {
    const [count, text] = notation['$text'] as readonly [number, string];
    return text.repeat(count);
  }
  if ('$bytes' in notation) return { $bytes: bytesOf(notation['$bytes'] as string).toString('hex') };
  return Object.fromEntries(Object.entries(notation).map(([key, item]) => [key, expanded(item)]));
}

/** Bytes in hexadecimal; spaces are for the reader, and `61*300` is 61 three hundred times. */
export function bytesOf(hex: string): Buffer {
  const runs = hex.split(' ').map((run) => {
    const [bytes = '', count = '1'] = run.split('*');
    return bytes.repeat(Number(count));
  });
  return Buffer.from(runs.join(''), 'hex');
}

function isArray(notation: Notation): notation is readonly Notation[] {
  return Array.isArray(notation);
}

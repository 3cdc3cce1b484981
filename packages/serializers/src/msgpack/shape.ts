import type { MsgpackReader } from './reader.js';

/** Objects after which making them is compiled: few bytes must not cause much work. */
const WORTH_COMPILING = 1_000;
const MOST_COMPILED_KEYS = 64;
const MOST_REMEMBERED = 64;

type Make = (reader: MsgpackReader, depth: number) => Record<string, unknown>;

const remembered = new Map<string, Shape>();

/** The keys that objects have in common, in their order. Made by {@link Shape.of}. */
export class Shape {
  readonly keys: readonly string[];
  #made = 0;
  #compiled: Make | undefined;

  private constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  /** The shape of some keys, the same as before if they came lately. */
  static of(keys: readonly string[]): Shape {
    const name = JSON.stringify(keys);
    let shape = remembered.get(name);
    if (shape === undefined) {
      if (remembered.size === MOST_REMEMBERED) remembered.clear();
      shape = new Shape(keys);
      remembered.set(name, shape);
    }
    return shape;
  }

  /** Reads the values of an object. @param depth how many levels may begin in each. */
  read(reader: MsgpackReader, depth: number): Record<string, unknown> {
    if (this.#compiled !== undefined) return this.#compiled(reader, depth);
    this.#made += 1;
    if (this.#made === WORTH_COMPILING) this.#compiled = compile(this.keys);
    const object: Record<string, unknown> = {};
    for (const key of this.keys) object[key] = reader.value(depth);
    return object;
  }
}

/**
 * An object literal is made several times as fast as an object to which one key after the other is added.
 * @returns `undefined` where the process does not allow it (`--disallow-code-generation-from-strings`)
 */
function compile(keys: readonly string[]): Make | undefined {
  if (keys.length > MOST_COMPILED_KEYS) return undefined;
  const fields = keys.map((key) => `${JSON.stringify(key)}: reader.value(depth)`);
  try {
    // The keys are in it as literals, and `__proto__` is not among them.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    return new Function('reader', 'depth', `return { ${fields.join(', ')} };`) as Make;
  } catch {
    return undefined;
  }
}

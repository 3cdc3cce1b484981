import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './keywords.js';

/** The parts of a schema that have a name, and what refers to them. */
export class NamedParts {
  readonly #references: { readonly reference: string; readonly path: string; readonly isWithinNamed: boolean }[] = [];
  readonly #parts = new Map<string, unknown>();

  /** @returns what is wrong with the name, if another part has it already. */
  add(name: string, part: unknown): string | undefined {
    if (this.#parts.has(name) && !isDeepStrictEqual(this.#parts.get(name), part)) {
      return `two parts of the schema are called '${name}'`;
    }
    this.#parts.set(name, part);
    return undefined;
  }

  /** @param isWithinNamed whether it stands in a part that has an `$id` of its own. */
  refer(reference: string, path: string, isWithinNamed: boolean): void {
    this.#references.push({ reference, path, isWithinNamed });
  }

  /** What each reference stands for. @param refuse called for one that leads nowhere: TypeBox would refuse all data. */
  resolve(root: unknown, refuse: (path: string, what: string) => never): Record<string, unknown> {
    const resolved: Record<string, unknown> = {};
    for (const { reference, path, isWithinNamed } of this.#references) {
      const isPointer = reference === '#' || reference.startsWith('#/');
      if (isPointer && isWithinNamed) {
        refuse(path, `'${reference}' is not clear within a part that has a $id; refer to a part by its name`);
      }
      const part = isPointer ? at(root, reference) : this.#parts.get(reference);
      if (!isRecord(part) && typeof part !== 'boolean') {
        refuse(path, `nothing in the schema is called '${reference}'`);
      }
      resolved[reference] = part;
    }
    return resolved;
  }
}

function at(root: unknown, reference: string): unknown {
  let value = root;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** A name with nothing but what AsyncAPI allows in the keys of components. Names that differ may become the same. */
export function safeName(name: string): string {
  return name.replaceAll(/[^\w.-]/gu, '_');
}

/** Gives each its own safe name. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  of(name: string): string {
    const base = safeName(name);
    let unique = base;
    for (let count = 2; this.#taken.has(unique); count += 1) unique = `${base}-${String(count)}`;
    this.#taken.add(unique);
    return unique;
  }
}

/** A topic as an address. What a wildcard stands for is a parameter, called by its place: `prices.*` is `prices.{part2}`. */
export function topicAddress(topic: string): { address: string; parameters: Record<string, { description: string }> } {
  const parts = topic.split('.');
  const parameters: [string, { description: string }][] = [];
  const address = parts.map((part, index) => {
    const isRest = part === '>' && index === parts.length - 1;
    if (part !== '*' && !isRest) return literalAddress(part);
    const name = isRest ? 'rest' : `part${String(index + 1)}`;
    parameters.push([
      name,
      { description: isRest ? 'One part or more, with dots between.' : 'One part, without dots.' },
    ]);
    return `{${name}}`;
  });
  return { address: address.join('.'), parameters: Object.fromEntries(parameters) };
}

/** A name as an address: braces would be parameters. */
export function literalAddress(name: string): string {
  return name.replaceAll('{', '%7B').replaceAll('}', '%7D');
}

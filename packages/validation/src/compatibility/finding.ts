/** Something that a writer may write and a reader does not, or perhaps not, accept. */
export interface Finding {
  /** Where in the data, as a JSON pointer; `*` stands for any item, and for any property that has no name in the schema. */
  readonly path: string;
  readonly message: string;
  /** Whether there is data that shows it. Otherwise nobody can tell. */
  readonly certain: boolean;
}

/** Data that the writer may write is refused. */
export function breaks(path: string, message: string): Finding {
  return { path, message, certain: true };
}

/** Whether all is accepted cannot be told. */
export function unsure(path: string, message: string): Finding {
  return { path, message, certain: false };
}

/** The findings, less sure. */
export function doubted(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, certain: false }));
}

/** The path of a property. */
export function within(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const SHOWN = 3;
const LONGEST = 40;

/** The first of some values, for people. */
export function shown(values: readonly unknown[]): string {
  const texts = values.slice(0, SHOWN).map((value) => {
    const text = JSON.stringify(value);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  });
  const more = values.length - SHOWN;
  return texts.join(' or ') + (more > 0 ? ` or ${String(more)} more` : '');
}

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
const LONGEST_SENTENCE = 300;

/** The start of a text that another machine may have made long. */
export function clipped(text: string, longest = LONGEST_SENTENCE): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** The first of some values, for people. */
export function shown(values: readonly unknown[]): string {
  const texts = values.slice(0, SHOWN).map((value) => clipped(JSON.stringify(value), LONGEST));
  const more = values.length - SHOWN;
  return texts.join(' or ') + (more > 0 ? ` or ${String(more)} more` : '');
}

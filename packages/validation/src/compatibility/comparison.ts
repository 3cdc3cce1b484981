import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import type { Alternative } from './alternatives.js';
import type { Finding } from './finding.js';

/** How a reader adapts data before it checks it. */
export interface Adapts {
  readonly coerce: boolean;
  readonly defaults: boolean;
  readonly clean: 'strip' | 'refuse' | undefined;
}

/** Data of one type that a writer may write. */
export interface Kind {
  readonly type: string;
  /** As of an {@link Alternative}; of a literal all that can be said of it. */
  readonly keywords: JsonObject;
  /** Whether it is one value: the only one in `enum`. */
  readonly isLiteral: boolean;
  /** Whether it is no more than what is written. */
  readonly exact: boolean;
}

/** What the parts of a comparison ask of the whole. */
export interface Comparison {
  readonly adapts: Adapts;
  /** What a reader does not accept of what a writer may write. */
  compare(writer: JsonSchema, reader: JsonSchema, path: string): readonly Finding[];
  /** The same for one kind of data. */
  accept(writer: Kind, reader: JsonSchema, path: string): readonly Finding[];
  /** The ways that data may be to the writer, and to the reader. */
  written(schema: JsonSchema): readonly Alternative[];
  read(schema: JsonSchema): readonly Alternative[];
  /** Whether both say the same with these keywords. */
  isSame(writer: JsonObject, reader: JsonObject, keywords: readonly string[]): boolean;
  /** Whether a pattern matches; `undefined` if that is not tried. */
  matches(pattern: string, text: string): boolean | undefined;
  /** Whether a property that is missing is filled in; `undefined` if that cannot be told. */
  fillsIn(schema: JsonSchema | undefined): boolean | undefined;
  spend(steps: number): void;
}

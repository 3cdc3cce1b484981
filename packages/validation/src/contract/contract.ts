import type { Schema } from '../schema/schema.js';
import type { SchemaOptions } from '../validator/schema-options.js';

/** An action: something that is asked of a server. */
export interface ActionDefinition {
  /** The data that comes with a request. Left out: there is none. */
  readonly request?: Schema;
  /** What is answered. Left out: nothing but that it is done. */
  readonly response?: Schema;
  /**
   * Whether running it twice does no harm, so that clients may try it again when nobody knows whether it ran.
   * @defaultValue false
   */
  readonly idempotent?: boolean;
  /**
   * The time that a client gives a request, in ms. Above 0; `Infinity` is allowed.
   * @defaultValue the requester's own
   */
  readonly timeoutMs?: number;
  /** A sentence for readers. */
  readonly description?: string;
}

/** What is published on a topic. */
export interface TopicDefinition {
  readonly message: Schema;
  /** A sentence for readers. */
  readonly description?: string;
}

/** What is handed out as a task of a type. */
export interface TaskDefinition {
  readonly data: Schema;
  /** A sentence for readers. */
  readonly description?: string;
}

/** Actions by name. */
export type Actions = Readonly<Record<string, ActionDefinition>>;
/** Topics by name. A part may be `*`, and the last `>`: then it stands for all topics that match. */
export type Topics = Readonly<Record<string, TopicDefinition>>;
/** Tasks by type. */
export type Tasks = Readonly<Record<string, TaskDefinition>>;
/** None of them. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- it is meant: a contract that has no actions
export type Nothing = Readonly<Record<never, never>>;

/** What a contract is made of, for {@link defineContract}. The options hold for all of its TypeBox schemas. */
export interface ContractDefinition<A extends Actions, T extends Topics, K extends Tasks> extends SchemaOptions {
  /** Its version, for people: `1.4.0`. What programs compare is the fingerprint. */
  readonly version: string;
  /** Its name, for people. */
  readonly title?: string;
  /** What it is about, for people. */
  readonly description?: string;
  readonly actions?: A;
  readonly topics?: T;
  readonly tasks?: K;
}

/** Tells a contract from what somebody has sent. */
export const CONTRACT: unique symbol = Symbol.for('@liberzmq/validation/contract');

/** What both ends have agreed on: made by {@link defineContract}, shared by all who speak it. */
export interface Contract<A extends Actions = Actions, T extends Topics = Topics, K extends Tasks = Tasks> {
  readonly [CONTRACT]: true;
  readonly version: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly actions: A;
  readonly topics: T;
  readonly tasks: K;
  /** How data is adapted to its TypeBox schemas. */
  readonly schemaOptions: SchemaOptions;
  /**
   * A hash of all that crosses the wire: two contracts with the same one are compatible. Names, schemas and `idempotent` make it up; versions,
   * descriptions, time limits, and the order in which things are written do not.
   */
  readonly fingerprint: string;
}

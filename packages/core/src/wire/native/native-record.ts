import type { MessageHeaders } from '../../contract/message.js';
import type { BodyForm, SenderMark } from './format.js';

/** Bodies that were encoded together. */
export interface BodyBlock {
  readonly codec: string;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** How many of them belong to runs that have been read. */
  taken: number;
  /** The decoded bodies, once somebody has asked for one; or why they cannot be decoded, which is found out once. */
  decoded: { readonly values: readonly unknown[] } | { readonly failure: unknown } | undefined;
}

/** What a packet says in one record. Its bytes are views of the packet's frames. */
export interface NativeRecord {
  readonly kind: number;
  readonly id: number;
  /** The id of a task; empty for other kinds. */
  readonly textId: string;
  readonly timeLeftMs: number | undefined;
  readonly subject: string | undefined;
  readonly headers: MessageHeaders;
  readonly moment: number | undefined;
  readonly priority: number | undefined;
  readonly form: BodyForm;
  readonly codec: string;
  /** The body, unless it is in a block or there is none. */
  readonly bytes: Uint8Array;
  readonly block: BodyBlock | undefined;
  readonly index: number;
}

/** A packet, read. */
export interface Packet {
  readonly records: readonly NativeRecord[];
  readonly sender: SenderMark | undefined;
}

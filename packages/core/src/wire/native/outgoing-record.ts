import type { MessageHeaders } from '../../contract/message.js';
import type { BodyBlock, MessageInfo } from '../../contract/serializer.js';
import { UNKNOWN_TYPE } from '../classic/envelope.js';
import { KIND, type Kind } from './format.js';
import type { EncodedBody, RecordFacts } from './packet-writer.js';

/** Bodies that are encoded together, and leave together. */
export class OutgoingBlock {
  readonly codec: string;
  /** What the packet is published on; blocks of different topics travel apart. */
  readonly topic: string | undefined;
  /** Bodies in it. */
  count = 0;
  bytes = 0;
  /** Takes no more: it is full, or about to leave. */
  closed = false;
  readonly #bodies: BodyBlock;
  #encoded: EncodedBody;

  constructor(codec: string, topic: string | undefined, bodies: BodyBlock) {
    this.codec = codec;
    this.topic = topic;
    this.#bodies = bodies;
  }

  /** See {@link BodyBlock.add}. */
  add(value: unknown, mostBytes: number): number | Uint8Array {
    const added = this.#bodies.add(value, mostBytes);
    if (typeof added !== 'number') return added;
    this.count += 1;
    this.bytes += added;
    return added;
  }

  /** Whether {@link encoded} is one body by itself, and so no block. Asked when it is closed. */
  get isAlone(): boolean {
    return this.count === 1 && this.#bodies.finishAlone !== undefined;
  }

  get encoded(): EncodedBody {
    this.#encoded ??= this.isAlone ? this.#bodies.finishAlone?.() : this.#bodies.finish();
    return this.#encoded;
  }
}

/** A record on its way out: its facts, and its body once it is encoded. */
export class OutgoingRecord implements RecordFacts {
  readonly kind: Kind;
  id: number;
  textId: string | undefined;
  timeLeftMs: number | undefined;
  subject: string | undefined;
  headers: MessageHeaders | undefined;
  moment: number | undefined;
  priority: number | undefined;
  /** What stands before its packet, on a publisher. */
  topic: string | undefined;
  /** The action that it answers; not sent, since the client knows. */
  answers: string | undefined;
  codec = '';
  body: EncodedBody;
  block: OutgoingBlock | undefined;
  /** Its place in the block. */
  index = 0;
  /**
   * For how many records it stands: a run of records whose ids and bodies are in a row, and that have all else in common; 0 if it is no run.
   * The ids of tasks are then `textId` with the number `id`.
   */
  count = 0;

  constructor(kind: Kind, id: number, subject?: string, headers?: MessageHeaders) {
    this.kind = kind;
    this.id = id;
    this.textId = undefined;
    this.timeLeftMs = undefined;
    this.subject = subject;
    this.headers = headers;
    this.moment = undefined;
    this.priority = undefined;
    this.topic = undefined;
    this.answers = undefined;
    this.body = undefined;
    this.block = undefined;
  }

  /** Which message its body belongs to. */
  get message(): MessageInfo {
    if (this.answers !== undefined) return { pattern: 'reply', subject: this.answers };
    if (this.topic !== undefined) return { pattern: 'publish', subject: this.topic };
    return { pattern: patternOf(this.kind), subject: this.subject ?? UNKNOWN_TYPE };
  }
}

function patternOf(kind: Kind): MessageInfo['pattern'] {
  if (kind === KIND.request) return 'request';
  return kind === KIND.message ? 'route' : 'task';
}

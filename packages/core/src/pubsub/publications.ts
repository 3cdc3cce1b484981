import type { Message } from '../contract/message.js';
import type { Serializer } from '../contract/serializer.js';
import type { Frame } from '../sockets/open-socket.js';
import type { Formed } from '../sockets/sending-endpoint.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { encodeAlone, encodeParts, travelInParts, type PreparedBody } from '../wire/native/body-encoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { Audience } from './audience.js';
import type { TopicLog } from './topic-log.js';
import type { TopicStore } from './topic-store.js';

/** What publications need to know. */
export interface PublicationsSettings {
  readonly audience: Audience;
  readonly topics: TopicStore;
  serializer(): Serializer;
  /** Whether they are records; else they are frames of the classic dialect. */
  readonly isNative: boolean;
  /** How many messages of each topic are kept. */
  readonly keeps: number;
  /** @throws SerializationError TOO_LARGE for a record that no subscriber would take */
  checkSize(record: OutgoingRecord): void;
  /** Sends something that is no message. */
  sendControl(record: OutgoingRecord): void;
}

export const NO_HEADERS: Message['headers'] = Object.freeze({});

/** Makes the records of what is published, numbers them topic by topic, and keeps them if they are to be kept. */
export class Publications {
  readonly #settings: PublicationsSettings;
  readonly #audience: Audience;
  readonly #topics: TopicStore;
  readonly #keeps: number;
  readonly #classic: ClassicCodec;
  /** The topic of the message that was numbered last. */
  #newest: TopicLog | undefined;

  constructor(settings: PublicationsSettings) {
    this.#settings = settings;
    this.#audience = settings.audience;
    this.#topics = settings.topics;
    this.#keeps = settings.keeps;
    this.#classic = new ClassicCodec(() => settings.serializer());
  }

  /** How a message is sent; not at all, if nobody would receive it. */
  form({ subject: topic, headers, body }: Message, prepared?: PreparedBody): Formed {
    if (this.#settings.isNative) return this.recordOf(topic, headers, prepared ?? body);
    return this.#audience.covers(topic) ? this.#framesOf(topic, [body]) : undefined;
  }

  /** The same for several bodies. Bytes among them stay bytes. */
  formMany({ subject: topic, headers, body: bodies }: Message, prepared?: PreparedBody): Formed {
    return this.#settings.isNative
      ? this.#recordOfMany(topic, headers, prepared ?? bodies)
      : this.#framesOf(topic, bodies as readonly unknown[]);
  }

  /** Whether a message is one body that is encoded: somebody receives it, or it is kept. */
  mayPrepare({ subject: topic }: Message): boolean {
    return this.#settings.isNative && (this.#keeps > 0 || this.#audience.covers(topic));
  }

  /** The same for several bodies, which are encoded one by one where bytes are among them. */
  mayPrepareMany(message: Message): boolean {
    return this.mayPrepare(message) && !travelInParts(this.#settings.serializer(), message.body);
  }

  /** The record of a message; none if nobody would receive it. */
  recordOf(topic: string, headers: Message['headers'], body: unknown): OutgoingRecord | undefined {
    const log = this.#logOf(topic);
    const record = newRecord(topic, headers);
    // What is kept is encoded by itself, and sent as it is kept, even if it is changed afterwards.
    if (this.#keeps > 0 && body !== undefined) {
      const encoded = encodeAlone(this.#settings.serializer(), body, () => describeRecord(record), record.message);
      record.codec = encoded.codec;
      record.body = encoded.body === body ? Buffer.from(encoded.body) : encoded.body;
    }
    return this.#unlessForNobody(record, log);
  }

  /** Nothing can go wrong with a record any more: it gets its number. */
  number(record: OutgoingRecord): void {
    const { topic, headers, codec, body } = record;
    const log = topic === undefined ? undefined : this.#topics.get(topic);
    if (log === undefined) return;
    log.sequence += 1;
    record.id = log.sequence;
    this.#newest = log;
    if (this.#keeps > 0) log.keep({ sequence: log.sequence, codec, body, headers }, this.#keeps);
  }

  /** Begins a run with a record, unless it is to be kept: then it is one by itself. */
  beginRun(record: OutgoingRecord): void {
    if (this.#keeps === 0) record.count = 1;
  }

  /** The topic of a run, if the next message of the run has its next number, and somebody to have it. */
  growing({ topic, id, count }: OutgoingRecord): TopicLog | undefined {
    const log = this.#newest;
    const mayGrow =
      log !== undefined &&
      log.sequence === id + count - 1 &&
      log.version === this.#audience.version &&
      log.isCovered &&
      this.#topics.get(topic ?? '') === log;
    return mayGrow ? log : undefined;
  }

  /** A record that had its number was not sent. Whoever was told so may publish it again. */
  forget({ topic, id }: OutgoingRecord): void {
    if (topic !== undefined && this.#keeps > 0) this.#topics.get(topic)?.forget(id);
  }

  #recordOfMany(topic: string, headers: Message['headers'], bodies: unknown): OutgoingRecord | undefined {
    const serializer = this.#settings.serializer();
    if (!travelInParts(serializer, bodies)) return this.recordOf(topic, headers, bodies);
    const log = this.#logOf(topic);
    const record = newRecord(topic, headers);
    if (log.isCovered || this.#keeps > 0) {
      const encoded = encodeParts(bodies, () => describeRecord(record), record.message);
      record.codec = encoded.codec;
      record.body = encoded.body;
    }
    return this.#unlessForNobody(record, log);
  }

  #framesOf(topic: string, bodies: readonly unknown[]): Frame[] {
    return [topic, ...bodies.map((body) => this.#classic.encodeValue(body, `a message on '${topic}'`))];
  }

  /** What nobody would receive is kept, if anything is. */
  #unlessForNobody(record: OutgoingRecord, log: TopicLog): OutgoingRecord | undefined {
    if (log.isCovered) return record;
    if (this.#keeps > 0) this.#settings.checkSize(record);
    this.number(record);
    return undefined;
  }

  /** What is known of a topic that a message is about to be published on. */
  #logOf(topic: string): TopicLog {
    const log = this.#topics.use(topic);
    const { version } = this.#audience;
    if (log.version !== version) {
      const isNew = log.version === -1;
      log.version = version;
      log.isCovered = this.#audience.covers(topic);
      if (isNew && log.isCovered && log.start > 0) this.#sayStart(log);
    }
    return log;
  }

  /** Somebody may know this topic by an older number, which has been forgotten: what is between is no gap. */
  #sayStart({ topic, start }: TopicLog): void {
    const record = new OutgoingRecord(KIND.announce, start);
    record.topic = topic;
    this.#settings.sendControl(record);
  }
}

/** What a record is, for messages of errors. */
export function describeRecord({ topic = '' }: OutgoingRecord): string {
  return `message on '${topic}'`;
}

function newRecord(topic: string, headers: Message['headers']): OutgoingRecord {
  const record = new OutgoingRecord(KIND.message, 0, undefined, copyOf(headers));
  record.topic = topic;
  return record;
}

/** Headers as they are now, whatever becomes of the object that they were given in. */
function copyOf(headers: Message['headers']): Message['headers'] {
  return headers === NO_HEADERS ? headers : { ...headers };
}

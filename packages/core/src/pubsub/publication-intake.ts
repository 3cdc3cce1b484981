import type { MessageHeaders } from '../contract/message.js';
import type { Serializer } from '../contract/serializer.js';
import { MessageError } from '../errors/error-classes.js';
import { json, utf8Text } from '../serializers/json.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND, type SenderMark } from '../wire/native/format.js';
import type { NativeRecord, Packet } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';
import { INBOX_PREFIX, readNumbers } from './announcement.js';
import type { CatchUp } from './catch-up.js';
import { newReceived, type Received } from './received.js';
import type { Sequences } from './sequences.js';
import type { SubscriberEvents } from './subscriber-options.js';
import type { Subscriptions } from './subscriptions.js';
import { REPEATED } from './topic-progress.js';

/** The subscriber that an intake reads for. */
export interface IntakeOwner {
  /** The topic on which this subscriber alone is sent something. */
  readonly inbox: string;
  serializer(): Serializer;
  readonly subscriptions: Subscriptions;
  readonly sequences: Sequences;
  readonly catchUp: CatchUp;
  /** The records of a packet; none if it cannot be read, which is reported. */
  readRecords(frames: readonly Buffer[], topic: Buffer): Packet;
  takeEach(
    records: readonly NativeRecord[],
    take: (record: NativeRecord) => void | Promise<void>,
  ): void | Promise<void>;
  /** A message is there for whoever is subscribed to it. */
  take(received: Received): void | Promise<void>;
  /** A publisher has answered the announcement of this number. */
  onAnswer(announcement: number): void;
  /** A publisher asks whether this has been read. */
  onPing(number: number): void;
  emit<K extends 'gap' | 'publisherRestarted'>(type: K, event: SubscriberEvents[K]): void;
  onUnexpected(record: NativeRecord): void;
  onUnreadable(error: unknown): void;
}

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** Reads what publishers send: what was published, and what is for this subscriber alone. Sees what is missing, and what was there before. */
export class PublicationIntake {
  readonly #owner: IntakeOwner;
  readonly #classic: ClassicCodec;
  readonly #subscriptions: Subscriptions;
  readonly #sequences: Sequences;
  readonly #catchUp: CatchUp;
  /** Most messages are on the topic that the last one was on. */
  #lastTopic: { readonly bytes: Buffer; readonly text: string } | undefined;

  constructor(owner: IntakeOwner) {
    this.#owner = owner;
    this.#classic = new ClassicCodec(() => owner.serializer());
    this.#subscriptions = owner.subscriptions;
    this.#sequences = owner.sequences;
    this.#catchUp = owner.catchUp;
  }

  /** Takes a message from the socket. Does not throw. */
  read(frames: readonly Buffer[]): void | Promise<void> {
    const [topicFrame, first] = frames;
    try {
      if (topicFrame === undefined || first === undefined)
        throw new MessageError('PROTOCOL', 'a publication has a topic and at least one body');
      const topic = this.#topicText(topicFrame);
      if (topic.startsWith(INBOX_PREFIX)) return this.#readInbox(topic, topicFrame, frames);
      if (!this.#subscriptions.routeOf(topic).isSubscribed) return undefined;
      if (isPacket(first)) return this.#readPacket(topic, topicFrame, frames);
      const values = frames.slice(1).map((body) => this.#classic.decodeValue(body, `a message on '${topic}'`));
      const message = values.length === 1 ? values[0] : values;
      return this.#owner.take(newReceived(topic, message, NO_HEADERS, undefined, undefined, false, false));
    } catch (error) {
      this.#owner.onUnreadable(error);
      return undefined;
    }
  }

  #topicText(frame: Buffer): string {
    const last = this.#lastTopic;
    if (last !== undefined && last.bytes.equals(frame)) return last.text;
    const text = utf8Text(frame);
    this.#lastTopic = { bytes: frame, text };
    return text;
  }

  #readPacket(topic: string, topicFrame: Buffer, frames: readonly Buffer[]): void | Promise<void> {
    const { records, sender } = this.#owner.readRecords(frames, topicFrame);
    this.#meet(sender);
    const deliver = (): void | Promise<void> =>
      this.#owner.takeEach(records, (record) => this.#takeRecord(topic, record, sender?.id, false));
    return this.#catchUp.holds(sender?.id, deliver) ? undefined : deliver();
  }

  /** What a publisher sends to this one alone: what was kept for it, answers to announcements and pings. */
  #readInbox(topic: string, topicFrame: Buffer, frames: readonly Buffer[]): void | Promise<void> {
    if (topic !== this.#owner.inbox) return undefined;
    const { records, sender } = this.#owner.readRecords(frames, topicFrame);
    this.#meet(sender);
    if (sender !== undefined) this.#catchUp.goesOn(sender.id);
    return this.#owner.takeEach(records, (record) => {
      const { subject } = record;
      if (subject === undefined) return this.#takeQuestion(record, sender);
      if (!this.#subscriptions.routeOf(subject).isSubscribed) return undefined;
      return this.#takeRecord(subject, record, sender?.id, true);
    });
  }

  #takeQuestion(record: NativeRecord, sender: SenderMark | undefined): void | Promise<void> {
    if (record.kind === KIND.announce) return this.#answered(record, sender);
    if (record.kind === KIND.ping) this.#owner.onPing(record.id);
    return undefined;
  }

  /** A publisher has sent what was missed. What it has numbered so far and this one has not seen was before its time. */
  #answered(record: NativeRecord, sender: SenderMark | undefined): void | Promise<void> {
    this.#owner.onAnswer(record.id);
    if (sender === undefined) return undefined;
    try {
      this.#sequences.begin(
        sender.id,
        readNumbers(decodeBody(record, json, 'control', 'the answer to an announcement')),
      );
    } catch (error) {
      this.#owner.onUnreadable(error);
    }
    return this.#catchUp.end(sender.id, record.id);
  }

  #meet(sender: SenderMark | undefined): void {
    if (sender !== undefined && this.#sequences.meet(sender)) {
      this.#owner.emit('publisherRestarted', { publisher: sender.id });
    }
  }

  /** @param isKept whether it was kept for this one alone. */
  #takeRecord(
    topic: string,
    record: NativeRecord,
    publisher: string | undefined,
    isKept: boolean,
  ): void | Promise<void> {
    if (record.kind !== KIND.message) {
      this.#takeControl(topic, record, publisher);
      return undefined;
    }
    const progress = publisher === undefined ? undefined : this.#sequences.of(publisher, topic, record.id);
    const missed = progress === undefined ? 0 : progress.take(record.id);
    const isAgain = missed === REPEATED;
    if (isAgain) {
      // To those who have had something newer it would come too late.
      const isWanted = isKept && progress?.last === record.id && this.#hasNewcomers(topic, progress.handledAt);
      if (!isWanted) return undefined;
    } else if (missed > 0 && publisher !== undefined) {
      this.#owner.emit('gap', { publisher, topic, missed });
    }
    let message;
    try {
      message = decodeBody(record, this.#owner.serializer(), 'publish', topic);
    } catch (error) {
      this.#owner.onUnreadable(error);
      return undefined;
    }
    return this.#owner.take(newReceived(topic, message, record.headers, publisher, progress, isKept, isAgain));
  }

  #takeControl(topic: string, record: NativeRecord, publisher: string | undefined): void {
    if (record.kind === KIND.announce && publisher !== undefined) this.#sequences.goOn(publisher, topic, record.id);
    else this.#owner.onUnexpected(record);
  }

  #hasNewcomers(topic: string, moment: number): boolean {
    return this.#subscriptions.newcomers(topic, moment).length > 0;
  }
}

import { MessageError } from '../errors/error-classes.js';
import { json } from '../serializers/json.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import { INBOX_PREFIX, inboxOf, readAnnouncement } from './announcement.js';
import { AudienceWatch } from './audience-watch.js';
import type { Audience } from './audience.js';
import type { PublisherEvents } from './publisher-options.js';
import { Replays, type ReplaysSettings } from './replays.js';
import { topicPattern, type TopicPattern } from './topic-pattern.js';
import type { KeptOfTopic, TopicStore } from './topic-store.js';

/** The publisher that a register is kept for. */
export interface RegisterOwner extends ReplaysSettings {
  /** Its name for subscribers. */
  readonly id: string;
  readonly epoch: number;
  readonly retain: boolean;
  /** How many messages of each topic are kept. */
  readonly keeps: number;
  emit<K extends 'subscribed' | 'unsubscribed' | 'subscriberJoined' | 'subscriberLeft'>(
    type: K,
    event: PublisherEvents[K],
  ): void;
  /** Sends something that is no message. @param bytes what its body has. */
  sendControl(record: OutgoingRecord, bytes?: number): void;
  /** Subscriptions have waited long enough for their announcements. */
  onSettled(): void;
}

/** Takes in what subscribers say, and sees to it that each is sent what was kept for it. */
export class SubscriberRegister {
  readonly watch: AudienceWatch;
  readonly #owner: RegisterOwner;
  readonly #audience: Audience;
  readonly #topics: TopicStore;
  readonly #replays: Replays;

  constructor(owner: RegisterOwner, audience: Audience, topics: TopicStore) {
    this.#owner = owner;
    this.#audience = audience;
    this.#topics = topics;
    this.#replays = new Replays(owner);
    this.watch = new AudienceWatch(audience, () => {
      owner.onSettled();
    });
  }

  subscribed(prefix: string): void {
    if (prefix.startsWith(INBOX_PREFIX)) {
      const id = prefix.slice(INBOX_PREFIX.length);
      this.#audience.openInbox(id);
      // It is about to say how far it has read: what it was being sent has gone to its old connection.
      this.#replays.cancel(id);
      return;
    }
    this.#audience.subscribe(prefix);
    this.watch.subscribed();
    this.#owner.emit('subscribed', { prefix });
  }

  unsubscribed(prefix: string): void {
    if (!prefix.startsWith(INBOX_PREFIX)) {
      this.#audience.unsubscribe(prefix);
      this.#owner.emit('unsubscribed', { prefix });
      return;
    }
    const id = prefix.slice(INBOX_PREFIX.length);
    const isGone = this.#audience.closeInbox(id);
    if (!this.#audience.hasInbox(id)) this.#replays.cancel(id);
    if (isGone) this.#owner.emit('subscriberLeft', { id });
  }

  /** The one connection that all were on has been lost. */
  allGone(): void {
    for (const prefix of [...this.#audience.subscriptions()]) this.unsubscribed(prefix);
  }

  /** @throws MessageError PROTOCOL; SerializationError DECODE */
  take(record: NativeRecord): void {
    if (record.kind === KIND.announce) this.#announced(record);
    else if (record.kind === KIND.ping) this.#answerPing(record);
    else if (record.kind === KIND.pong && record.subject !== undefined) this.#replays.read(record.subject, record.id);
  }

  /** Resolves when nothing is left to send of what was kept. */
  idle(): Promise<void> {
    return this.#replays.idle();
  }

  /** @param reason what those get who still wait for subscribers. */
  close(reason: Error): void {
    this.#replays.stop();
    this.watch.close(reason);
  }

  #announced(record: NativeRecord): void {
    const announcement = readAnnouncement(decodeBody(record, json, 'control', 'an announcement'));
    const { id, patterns, positions = [], again = [] } = announcement;
    if (!this.#audience.hasInbox(id)) {
      throw new MessageError('PROTOCOL', 'an announcement comes behind the subscription to its own inbox topic');
    }
    const { added, isNews } = this.#audience.announce(announcement);
    this.watch.look();
    const { id: self, epoch, retain } = this.#owner;
    if (isNews) this.#owner.emit('subscriberJoined', { id, patterns });
    const wanted = retain ? again.map(topicPattern) : [];
    const position = positions.find((each) => each.publisher === self && each.epoch === epoch);
    if (position !== undefined) {
      const read = new Map(Object.entries(position.topics));
      this.#reply(id, record.id, this.#topics.missed(patterns.map(topicPattern), read, wanted), []);
    } else {
      this.#reply(id, record.id, retain ? this.#topics.last([...added, ...wanted]) : [], added);
    }
  }

  /**
   * Sends one subscriber what was kept for it, and behind it the answer to its announcement.
   * @param begun the patterns that it begins to read now: what was there before is nothing that it could miss, unless it has been sent the last of it.
   */
  #reply(id: string, announcement: number, kept: readonly KeptOfTopic[], begun: readonly TopicPattern[]): void {
    const { retain, keeps } = this.#owner;
    const answer = new OutgoingRecord(KIND.announce, announcement);
    const numbers = keeps > 0 && !retain ? this.#topics.numbers(begun) : {};
    if (Object.keys(numbers).length > 0) {
      answer.codec = json.name;
      answer.body = JSON.stringify(numbers);
    }
    this.#replays.add(id, kept, () => {
      this.#sendToInbox(id, answer);
    });
  }

  /** The subscriber's id stands where another record has its subject. */
  #answerPing({ subject }: NativeRecord): void {
    if (subject !== undefined && this.#audience.hasAnnounced(subject))
      this.#sendToInbox(subject, new OutgoingRecord(KIND.pong, 0));
  }

  #sendToInbox(id: string, record: OutgoingRecord): void {
    record.topic = inboxOf(id);
    this.#owner.sendControl(record, record.body?.length);
  }
}

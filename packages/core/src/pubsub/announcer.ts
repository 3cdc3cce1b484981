import { json } from '../serializers/json.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { Announcement, ReadingPosition } from './announcement.js';
import type { CatchUp } from './catch-up.js';
import type { Sequences } from './sequences.js';
import type { Subscriptions } from './subscriptions.js';

/** The subscriber that an announcer speaks for. */
export interface AnnouncerOwner {
  /** Its own id. */
  readonly id: string;
  readonly subscriptions: Subscriptions;
  readonly sequences: Sequences;
  readonly catchUp: CatchUp;
  readonly heartbeat: Heartbeat;
  /** Whether there is a publisher to talk to. */
  isConnected(): boolean;
  /** Whether the one publisher of this connection is being read, so that its silence means something. */
  isListened(): boolean;
  /** Sends something to all publishers. */
  send(record: OutgoingRecord): void;
  /** The publisher has been silent for too long. */
  onSilence(): void;
}

/** Tells publishers who this subscriber is, what it wants and how far it has read, and asks for signs of life. */
export class Announcer {
  readonly #owner: AnnouncerOwner;
  #isAboutTo = false;
  /** The handlers that had come by then have been announced on this connection, and by then a publisher has answered that. */
  #asked = 0;
  #served = 0;
  /** A publisher on this connection understands announcements and pings. */
  #isAnswered = false;
  #silentLooks = 0;

  constructor(owner: AnnouncerOwner) {
    this.#owner = owner;
  }

  /** The socket is new: nobody has answered on it. */
  opened(): void {
    this.#isAnswered = false;
    this.#silentLooks = 0;
  }

  /** Something has come from a publisher. */
  heard(): void {
    this.#silentLooks = 0;
  }

  /** On a new connection: tells how far it has read as well, for the publishers to send what is missing. */
  announceAnew(): void {
    const { subscriptions, sequences, catchUp } = this.#owner;
    this.#silentLooks = 0;
    const positions = sequences.positions();
    const again = positions.length === 0 ? [] : subscriptions.patternsOfNewcomers(this.#served);
    const number = subscriptions.tick();
    catchUp.begin(
      positions.map(({ publisher }) => publisher),
      number,
    );
    this.#announce(number, again, positions);
  }

  /** What it wants has changed. Changes of one turn are announced together. */
  announceSoon(): void {
    if (this.#isAboutTo) return;
    this.#isAboutTo = true;
    queueMicrotask(() => {
      const { subscriptions, sequences } = this.#owner;
      this.#isAboutTo = false;
      sequences.keepOnly((topic) => subscriptions.isSubscribed(topic));
      if (!this.#owner.isConnected()) return;
      const again = subscriptions.patternsOfNewcomers(this.#asked);
      this.#announce(subscriptions.tick(), again);
    });
  }

  /** All handlers may have missed what is retained. */
  askAgain(): void {
    this.#asked = 0;
    this.#served = 0;
    this.announceSoon();
  }

  /** @param number that of the announcement. */
  answered(number: number): void {
    this.#isAnswered = true;
    this.#served = Math.max(this.#served, Math.min(number, this.#asked));
  }

  /** Tells a publisher that what it sent to this subscriber alone has been read, up to its question of this number. */
  confirm(number: number): void {
    this.#owner.send(new OutgoingRecord(KIND.pong, number, this.#owner.id));
  }

  /** Asks whether a publisher is there. Only while it is read from: what waits to be read is a sign of life as well. */
  look(): void {
    const { heartbeat, id } = this.#owner;
    if (!this.#isAnswered || !this.#owner.isListened()) {
      this.#silentLooks = 0;
      return;
    }
    if (this.#silentLooks >= heartbeat.patience) {
      this.#silentLooks = 0;
      this.#owner.onSilence();
      return;
    }
    this.#silentLooks += 1;
    // What has come since the last look is sign enough. Whoever is subscribed to everything hears the answers to all others, too.
    if (this.#silentLooks === 1) return;
    const ping = heartbeat.ping();
    ping.subject = id;
    this.#owner.send(ping);
  }

  /** @param number by which the answer is known. @param again the patterns for which handlers have come later. */
  #announce(number: number, again: readonly string[], positions?: readonly ReadingPosition[]): void {
    this.#asked = number;
    const { id, subscriptions } = this.#owner;
    const announcement: Announcement = {
      id,
      patterns: subscriptions.patterns(),
      positions,
      again: again.length === 0 ? undefined : again,
    };
    const record = new OutgoingRecord(KIND.announce, number);
    record.codec = json.name;
    record.body = JSON.stringify(announcement);
    this.#owner.send(record);
  }
}

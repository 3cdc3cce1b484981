import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { packRecords, type PacketSettings } from '../wire/native/packer.js';
import type { Frame } from './open-socket.js';
import type { OutboxQueue } from './outbox-queue.js';
import type { Outgoing } from './outgoing.js';
import { isBusy } from './socket-error.js';

/** What a pump needs to know. */
export interface PumpSettings {
  /** Whether {@link send} waits a while for room by itself before it gives up with `EAGAIN`. */
  readonly waitsForRoom: boolean;
  /** How packets are made, where the messages are records of the native dialect. */
  readonly packets: PacketSettings;
  /** The largest body that is sent. */
  readonly maxMessageBytes: number;
  /** How many records travel together at most. Asked for each packet. */
  recordsTogether(): number;
  /** Hands a message to libzmq. */
  send(frames: Frame[]): Promise<void>;
  /** Whether somebody is there to send to. While nobody is, messages wait, where they can be taken back. */
  isOpen(): boolean;
  onSent(outgoing: Outgoing): void;
}

/** After so many messages in a row, the event loop gets its turn. */
const BURST = 128;
/** Bytes from which on a packet is full at the latest: what follows it is not held up for long, and neither is its reader. */
const PACKET_BYTES = 64 * 1_024;
/** Where even a message may not be large, a packet is much smaller: its text may have three bytes for each character, and is not all. */
const SMALLEST_SHARE = 16;
/** As long as fewer packets wait than these, a sender is not held up. */
const PACKETS_AHEAD = 16;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;

/** Hands what waits in a queue to libzmq, as many messages at a time as travel together. */
export class OutboxPump {
  /** Bytes from which on a packet is full. Where even a small message is too large, a packet of many must not be. */
  readonly packetBytes: number;
  readonly #settings: PumpSettings;
  readonly #queue: OutboxQueue;
  readonly #onRefused: (outgoing: Outgoing, error: unknown) => void;
  #isRunning = false;
  #runsSoon = false;
  #closed = false;
  /** Messages handed to libzmq so far. */
  #sent = 0;
  #pause: NodeJS.Timeout | undefined;
  #resume: (() => void) | undefined;

  /** @param onRefused hears what libzmq would not take at all, and what it has not taken when it was closed; then without an error. */
  constructor(settings: PumpSettings, queue: OutboxQueue, onRefused: (outgoing: Outgoing, error: unknown) => void) {
    this.#settings = settings;
    this.#queue = queue;
    this.#onRefused = onRefused;
    this.packetBytes = Math.min(PACKET_BYTES, settings.maxMessageBytes / SMALLEST_SHARE);
  }

  get isOpen(): boolean {
    return !this.#closed && this.#settings.isOpen();
  }

  /** Whether a message that is added now leaves soon: somebody takes what is sent, and little waits. */
  get isFlowing(): boolean {
    return (
      this.isOpen &&
      this.#queue.messages < PACKETS_AHEAD * this.#settings.recordsTogether() &&
      this.#queue.bytes < PACKETS_AHEAD * this.packetBytes
    );
  }

  /**
   * Something has been added. Records leave when a packet is full, or when this turn of the event loop ends: `process.nextTick` runs behind all
   * that its microtasks add. A classic message has no company to wait for.
   */
  runSoon(): void {
    if (this.#isRunning) return;
    if (this.#queue.first?.frames !== undefined || this.#isPacketFull) {
      this.run();
    } else if (!this.#runsSoon) {
      this.#runsSoon = true;
      process.nextTick(this.#onTurnEnd);
    }
  }

  /** A message has joined what waits for the end of the turn already. */
  runIfFull(): void {
    if (!this.#isRunning && this.#isPacketFull) this.run();
  }

  /** Hands over what waits now, instead of at the end of the turn: nothing is to join it soon. */
  run(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** Says that somebody is there now, or that there may be room again. */
  wake(): void {
    this.#resume?.();
    this.run();
  }

  /** Hands over nothing more. */
  close(): void {
    this.#closed = true;
    this.#resume?.();
  }

  readonly #onTurnEnd = (): void => {
    this.#runsSoon = false;
    this.run();
  };

  get #isNextRecord(): boolean {
    return this.#queue.first?.record !== undefined;
  }

  get #isPacketFull(): boolean {
    return this.#queue.messages >= this.#settings.recordsTogether() || this.#queue.bytes >= this.packetBytes;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let pauseMs = FIRST_PAUSE_MS;
    try {
      while (this.isOpen && this.#queue.first !== undefined) {
        const batch: Outgoing[] = [];
        try {
          await this.#settings.send(this.#takeInto(batch));
          pauseMs = FIRST_PAUSE_MS;
          for (const outgoing of batch) this.#handedOver(outgoing);
          this.#sent += 1;
          if (this.#sent % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
          if (this.#isNextRecord && !this.#isPacketFull) break;
        } catch (error) {
          if (!isBusy(error)) {
            for (const outgoing of batch) this.#refused(outgoing, error);
          } else if (this.#putBack(batch) && !this.#settings.waitsForRoom) {
            await this.#pauseFor(pauseMs);
            pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
          }
        }
      }
    } finally {
      this.#isRunning = false;
    }
    if (this.#queue.first !== undefined && this.isOpen) this.runSoon();
  }

  /** Takes off the queue what travels together, and makes a message of it: one classic message, or a packet of records. */
  #takeInto(batch: Outgoing[]): Frame[] {
    const { first } = this.#queue;
    if (first?.record === undefined) {
      if (first !== undefined) this.#take(first, batch);
      return first?.frames ?? [];
    }
    const { topic } = first.record;
    const records: OutgoingRecord[] = [];
    const most = this.#settings.recordsTogether();
    const now = performance.now();
    let messages = 0;
    let bytes = 0;
    for (let next: Outgoing | undefined = first; next?.record !== undefined; next = this.#queue.first) {
      const { record } = next;
      if (record.topic !== topic) break;
      const isFull = messages >= most || (messages > 0 && bytes + next.bytes > this.packetBytes);
      if (isFull && (record.block === undefined || record.block !== records.at(-1)?.block)) break;
      next.beforeHandOver?.(now);
      this.#take(next, batch);
      records.push(record);
      messages += next.messages;
      bytes += next.bytes;
    }
    if (topic === undefined) return packRecords(records, this.#settings.packets);
    const topicFrame = Buffer.from(topic);
    return [topicFrame, ...packRecords(records, this.#settings.packets, topicFrame)];
  }

  #take(outgoing: Outgoing, batch: Outgoing[]): void {
    this.#queue.take(outgoing);
    outgoing.phase = 'handing';
    batch.push(outgoing);
  }

  #handedOver(outgoing: Outgoing): void {
    this.#queue.done(outgoing);
    this.#settings.onSent(outgoing);
    if (outgoing.phase !== 'handing') return;
    outgoing.phase = 'handed';
    outgoing.onHandedOver();
  }

  /** Puts messages that libzmq did not take back in front. @returns false if nobody wants any of them sent any more. */
  #putBack(batch: readonly Outgoing[]): boolean {
    let isWanted = false;
    for (const outgoing of batch.toReversed()) {
      if (outgoing.phase !== 'handing' || this.#closed) {
        this.#refused(outgoing, undefined);
        continue;
      }
      isWanted = true;
      outgoing.phase = 'queued';
      this.#queue.putBack(outgoing);
    }
    return isWanted;
  }

  #refused(outgoing: Outgoing, error: unknown): void {
    this.#queue.done(outgoing);
    if (outgoing.phase !== 'handing') return;
    outgoing.phase = 'new';
    this.#onRefused(outgoing, error);
  }

  async #pauseFor(ms: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      this.#pause = setTimeout(resolve, ms);
    });
    clearTimeout(this.#pause);
    this.#resume = undefined;
  }
}

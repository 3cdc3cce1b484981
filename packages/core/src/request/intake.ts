import type { MessageHeaders } from '../contract/message.js';
import type { Serializer } from '../contract/serializer.js';
import { CancelledError, MessageError } from '../errors/error-classes.js';
import { raw } from '../serializers/raw.js';
import type { Peer } from '../sockets/peers.js';
import { UNKNOWN_TYPE, type ClassicCodec } from '../wire/classic/envelope.js';
import { codecNamed, codecOf, findCodec } from '../wire/native/body-decoder.js';
import { ANSWER_IN, KIND } from '../wire/native/format.js';
import type { NativeRecord, Packet } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';
import { Backlogs, type Taker } from './backlogs.js';
import type { ClientSession } from './client-session.js';
import type { Replier } from './replier.js';
import { splitRequest } from './request-frames.js';
import { ServerRequest, type RequestForm, type RequestOwner } from './server-request.js';

/** What an intake uses of its server. */
export interface IntakeHost extends RequestOwner {
  readonly classic: ClassicCodec;
  serializer(): Serializer;
  /** @throws MessageError PROTOCOL */
  readPacket(frames: readonly Buffer[], first: number): Packet;
  unreadable(error: unknown, peer: string): void;
  malformed(error: unknown, peer: string): void;
  unexpected(record: NativeRecord, peer: string): void;
  /** How many looks for silent clients there are in a time. */
  looksIn(ms: number): number;
  /** A request has come. @param error why it cannot be run at all, if it cannot. */
  onRequest(request: ServerRequest, id: number, error: unknown): void;
  /** A client has said that it sends nothing more. */
  onGoodbye(): void;
}

/** How an intake is set up. */
export interface IntakeSettings {
  readonly maxTimeoutMs: number;
  /** How many messages of one client may wait behind those of its that take long. */
  readonly mostWaiting: number;
}

/** Reads what clients send: makes requests of it, and sees to what is about the connection. */
export class Intake implements Taker {
  readonly #host: IntakeHost;
  readonly #replier: Replier;
  readonly #maxTimeoutMs: number;
  readonly #backlogs: Backlogs;
  #lastClassicId = 0;

  constructor(host: IntakeHost, replier: Replier, { maxTimeoutMs, mostWaiting }: IntakeSettings) {
    this.#host = host;
    this.#replier = replier;
    this.#maxTimeoutMs = maxTimeoutMs;
    this.#backlogs = new Backlogs(this, mostWaiting);
  }

  /** Takes a message, now or in its turn. @returns a promise if the next message is to be read only when it has resolved. */
  take(peer: Peer<ClientSession>, frames: Buffer[]): void | Promise<void> {
    peer.session.silentLooks = 0;
    return this.#backlogs.takeMessage(peer, frames);
  }

  /** A client is gone. */
  forget(peer: Peer<ClientSession>): void {
    this.#backlogs.forget(peer);
  }

  close(): void {
    this.#backlogs.close();
  }

  takeMessage(peer: Peer<ClientSession>, frames: Buffer[]): void {
    if (isPacket(frames[1])) this.#takePacket(peer, frames);
    else this.#takeClassic(peer, frames.slice(1));
  }

  takeRecord(peer: Peer<ClientSession>, record: NativeRecord, readAt: number): void {
    const { session } = peer;
    switch (record.kind) {
      case KIND.request:
        this.#takeRequest(peer, record, readAt);
        return;
      case KIND.cancel:
        session.requests
          .get(record.id)
          ?.abandon(new CancelledError('ABORTED', 'the client has taken the request back'));
        return;
      case KIND.goodbye:
        session.saidGoodbye = true;
        this.#host.onGoodbye();
        return;
      case KIND.ping:
        if (record.timeLeftMs !== undefined) session.patience = this.#host.looksIn(record.timeLeftMs);
        this.#replier.pong(peer, record.id);
        return;
      default:
        this.#host.unexpected(record, peer.name);
    }
  }

  #takePacket(peer: Peer<ClientSession>, frames: readonly Buffer[]): void {
    let records;
    try {
      ({ records } = this.#host.readPacket(frames, 1));
    } catch (error) {
      this.#host.unreadable(error, peer.name);
      this.#replier.unreadable(peer, error);
      return;
    }
    peer.session.isNative = true;
    this.#backlogs.takeRecords(peer, records);
  }

  #takeRequest(peer: Peer<ClientSession>, record: NativeRecord, readAt: number): void {
    const { subject: action = UNKNOWN_TYPE, timeLeftMs = Infinity } = record;
    const timeoutMs = Math.min(timeLeftMs, this.#maxTimeoutMs);
    const limit = { timeoutMs, deadline: readAt + timeoutMs };
    const own = this.#host.serializer();
    const name = codecOf(record);
    let codec = own;
    let unknownCodec: unknown;
    if (name === undefined) {
      codec = findCodec(record.headers[ANSWER_IN] ?? own.name, own) ?? own;
    } else {
      try {
        const named = codecNamed(name, own);
        // Bytes that came by themselves say nothing about what goes back.
        if (named !== raw) codec = named;
      } catch (error) {
        unknownCodec = error;
      }
    }
    const headers = ANSWER_IN in record.headers ? withoutOurs(record) : record.headers;
    const request = new ServerRequest(action, peer, { dialect: 'native', record, codec }, headers, limit, this.#host);
    this.#host.onRequest(request, record.id, unknownCodec);
  }

  #takeClassic(peer: Peer<ClientSession>, frames: readonly Buffer[]): void {
    const parts = splitRequest(frames);
    if (parts === undefined) {
      const what = `a request is a packet, or a body, alone or behind an id or an empty frame; this has ${String(frames.length)} frames`;
      this.#host.unreadable(new MessageError('PROTOCOL', what), peer.name);
      return;
    }
    const { envelope, body } = parts;
    let decoded = {
      action: UNKNOWN_TYPE,
      data: undefined as unknown,
      headers: {},
      requestId: undefined as string | undefined,
    };
    let unreadable: unknown;
    try {
      decoded = { ...this.#host.classic.decodeRequest(body) };
    } catch (error) {
      unreadable = error;
      this.#host.malformed(error, peer.name);
    }
    const { action, data, headers, requestId } = decoded;
    const form: RequestForm = { dialect: 'classic', envelope, requestId, data };
    this.#lastClassicId -= 1;
    const timeoutMs = this.#maxTimeoutMs;
    const limit = { timeoutMs, deadline: performance.now() + timeoutMs };
    const request = new ServerRequest(action, peer, form, headers, limit, this.#host);
    this.#host.onRequest(request, this.#lastClassicId, unreadable);
  }
}

/** A record's headers without the one that is ours. */
function withoutOurs({ headers }: NativeRecord): MessageHeaders {
  const { [ANSWER_IN]: _, ...others } = headers;
  return Object.freeze(others);
}

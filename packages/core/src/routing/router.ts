import type { MessageHeaders, Principal } from '../contract/message.js';
import type { SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { ConnectionError, MessageError } from '../errors/error-classes.js';
import { Operation } from '../diagnostics/operation.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { utf8Text } from '../serializers/json.js';
import type { EndpointEvents } from '../sockets/endpoint-events.js';
import { checkName, checkSendOptions, SendingEndpoint } from '../sockets/sending-endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { loopOver } from '../sockets/loop.js';
import { Mailbox } from '../sockets/mailbox.js';
import type { Taken } from './taken.js';
import { Peers } from '../sockets/peers.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';

/** What a router keeps of a dealer. */
interface DealerSession {
  /** How it speaks, and so how it is answered. */
  isNative: boolean;
}

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** A request as a router receives it. */
export interface RouterRequest {
  /** Who sent it: the dealer's identity. */
  readonly clientId: string;
  readonly requestId: string;
  readonly data: unknown;
  /** Who that is, as a middleware has proved; missing where none has. */
  readonly principal?: Principal;
}

/** What a router reports beside what every endpoint does. */
export interface RouterEvents extends EndpointEvents {
  /** A dealer is gone. Noticed while somebody reads requests. */
  clientLeft: { readonly clientId: string };
}

/**
 * Receives requests from {@link Dealer}s and sends each its responses, in any order and number.
 * For actions with handlers use a `Server`.
 * @example
 * ```ts
 * const router = new Router({ address: 'tcp://127.0.0.1:5558' });
 * for await (const { clientId, requestId, data } of router) await router.sendResponse(clientId, requestId, { done: data });
 * ```
 */
export class Router extends SendingEndpoint<RouterEvents> implements AsyncIterable<RouterRequest> {
  readonly #classic: ClassicCodec;
  readonly #requests: Mailbox<Taken<RouterRequest>>;
  readonly #peers: Peers<DealerSession>;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: EndpointOptions) {
    super({ name: 'Router', socket: 'router', bind: true, policy: 'wait' }, options);
    this.#classic = new ClassicCodec(() => this.serializer);
    this.#requests = new Mailbox({
      limit: DEFAULTS.iteratorBuffer,
      noun: 'request',
      onDemand: () => {
        this.wakeInbox();
      },
    });
    this.#peers = new Peers(
      (name, id) =>
        this.newOutbox(
          `the dealer ${name}`,
          () => this.hasSocket,
          (frames) => this.#peers.sendTo(id, this.sendFrames([id, ...frames])),
        ),
      (): DealerSession => ({ isNative: false }),
      ({ name }) => {
        this.emit('clientLeft', { clientId: name });
      },
    );
  }

  /** The next request. @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED, BIND_FAILED */
  async receiveRequest(options: WaitOptions = {}): Promise<RouterRequest> {
    if (this.isAccepting) await this.open();
    return this.#handOut(await this.#requests.take('receiveRequest', options));
  }

  /**
   * Sends a response to a dealer that has sent something before. Resolves when the transport has taken it.
   * @throws ConnectionError UNREACHABLE if the dealer is unknown or gone, BACKPRESSURE, CLOSED; SerializationError ENCODE; TimeoutError TIMEOUT; CancelledError ABORTED
   */
  async sendResponse(clientId: string, requestId: string, data: unknown, options?: SendOptions): Promise<void> {
    checkName('sendResponse', 'clientId', clientId);
    checkName('sendResponse', 'requestId', requestId);
    if (options !== undefined) checkSendOptions('sendResponse', options);
    const peer = this.#peers.find(clientId);
    if (peer === undefined)
      throw new ConnectionError(
        'UNREACHABLE',
        `the dealer '${clientId}' is not here: it has sent nothing yet, or is gone`,
      );
    const message = new PassingMessage('outgoing', 'route', requestId, options?.headers ?? NO_HEADERS, data, undefined);
    await this.sendOneWay({
      message,
      options,
      describe: () => `response ${requestId} to ${clientId}`,
      value: undefined,
      form: ({ body, headers }) =>
        peer.session.isNative
          ? new OutgoingRecord(KIND.message, 0, requestId, headers)
          : [requestId, this.#classic.encodeValue(body, `response ${requestId}`)],
      mayPrepare: () => peer.session.isNative,
      outbox: peer.outbox,
    });
  }

  /** All requests, one after the other. Leaving the loop loses nothing: the next one goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RouterRequest> {
    return loopOver(
      this.#requests,
      () => this.openForLoop(),
      (item) => this.#handOut(item),
    );
  }

  protected describeRecord({ subject = '' }: OutgoingRecord): string {
    return `response ${subject}`;
  }

  protected override get inOutboxes(): { messages: number; bytes: number } {
    return this.#peers.queued;
  }

  protected override wantsFrames(): boolean {
    return this.#requests.wantsMore;
  }

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    const [id, requestId, body] = frames;
    if (id === undefined || requestId === undefined) return undefined;
    if (frames.length === 2 && requestId.length === 0) {
      this.#peers.gone(id);
      return undefined;
    }
    const peer = this.#peers.of(id);
    if (isPacket(requestId)) {
      peer.session.isNative = true;
      const { records } = this.readRecords(frames, 1, peer.name);
      return this.takeEach(records, (record) => this.#takeRecord(peer.name, record));
    }
    peer.session.isNative = false;
    let request: RouterRequest;
    try {
      if (body === undefined || frames.length !== 3) {
        throw new MessageError(
          'PROTOCOL',
          `a dealer's request has an id and a body; this has ${String(frames.length - 1)} frames`,
        );
      }
      request = {
        clientId: peer.name,
        requestId: utf8Text(requestId),
        data: this.#classic.decodeValue(body, 'a request'),
      };
    } catch (error) {
      this.unreadable(error, peer.name);
      return undefined;
    }
    return this.#take(request, NO_HEADERS);
  }

  /** The dealer at the other end of a connection that it has made itself is gone with it, told by libzmq or not. */
  protected override onDisconnected(): void {
    if (!this.isBound) this.#peers.allGone();
  }

  protected override async allSent(): Promise<void> {
    await super.allSent();
    await this.#peers.empty();
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.allSent(), until - performance.now());
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#peers.close();
    this.#requests.close('receiveRequest');
  }

  #takeRecord(clientId: string, record: NativeRecord): void | Promise<void> {
    if (record.kind !== KIND.message) {
      this.unexpected(record, clientId);
      return undefined;
    }
    const { subject: requestId = '', headers } = record;
    try {
      const data = decodeBody(record, this.serializer, 'route', requestId);
      return this.#take({ clientId, requestId, data }, headers);
    } catch (error) {
      this.unreadable(error, clientId);
      return undefined;
    }
  }

  #handOut({ item, message }: Taken<RouterRequest>): RouterRequest {
    if (message !== undefined) this.pipeline.settle(message, undefined);
    if (Operation.isObserved) Operation.happened(this, 'receive', 'route', item.requestId);
    return item;
  }

  #take(request: RouterRequest, headers: MessageHeaders): void | Promise<void> {
    if (this.pipeline.hasAny) return this.#throughMiddleware(request, headers);
    this.#requests.put({ item: request, message: undefined });
    return undefined;
  }

  #throughMiddleware(request: RouterRequest, headers: MessageHeaders): void | Promise<void> {
    const { clientId, requestId } = request;
    const message = new PassingMessage('incoming', 'route', requestId, headers, request.data, undefined);
    const deliver = (): void => {
      const { body: data, principal } = message;
      const item = principal === undefined ? { clientId, requestId, data } : { clientId, requestId, data, principal };
      this.#requests.put({ item, message });
    };
    return this.receiveThroughMiddleware(message, deliver, () => `request ${requestId} of ${clientId}`);
  }
}

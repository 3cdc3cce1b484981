import type { MessageHeaders } from '../contract/message.js';
import type { SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { MessageError } from '../errors/error-classes.js';
import { Operation } from '../diagnostics/operation.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { uuidv7 } from '../ids.js';
import { option } from '../options/check-options.js';
import { utf8Text } from '../serializers/json.js';
import { checkSendOptions, SendingEndpoint } from '../sockets/sending-endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { loopOver } from '../sockets/loop.js';
import { Mailbox } from '../sockets/mailbox.js';
import type { Taken } from './taken.js';
import type { SocketSettings } from '../sockets/open-socket.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** How a dealer is set up. */
export interface DealerOptions extends EndpointOptions {
  /**
   * The name by which routers know it. Must differ from that of every other dealer: a router ignores a second one of the same name.
   * @defaultValue `dealer-` and a new UUID
   */
  identity?: string | undefined;
}

/** What a router answered. */
export interface DealerResponse {
  /** The id that {@link Dealer.sendRequest} resolved with. */
  readonly requestId: string;
  readonly data: unknown;
}

/**
 * Sends requests to a {@link Router} and receives its responses whenever they come: the two are matched by id, by you.
 * For a call that resolves with its answer use a `Client`.
 * @example
 * ```ts
 * const dealer = new Dealer({ address: 'tcp://127.0.0.1:5558' });
 * const id = await dealer.sendRequest({ work: 1 });
 * const { requestId, data } = await dealer.receiveResponse({ timeoutMs: 1_000 });
 * ```
 */
export class Dealer extends SendingEndpoint implements AsyncIterable<DealerResponse> {
  readonly identity: string;
  readonly #classic: ClassicCodec;
  readonly #responses: Mailbox<Taken<DealerResponse>>;
  #lastId = 0;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: DealerOptions) {
    super(
      { name: 'Dealer', socket: 'dealer', bind: false, policy: 'wait', options: { identity: option.string } },
      options,
    );
    this.identity = options.identity ?? `dealer-${uuidv7()}`;
    this.#classic = new ClassicCodec(() => this.serializer);
    this.#responses = new Mailbox({
      limit: DEFAULTS.iteratorBuffer,
      noun: 'response',
      onDemand: () => {
        this.wakeInbox();
      },
    });
  }

  /**
   * Sends a request. Resolves with its id when the transport has taken it.
   * @throws SerializationError ENCODE; ConnectionError BACKPRESSURE, CLOSED, UNREACHABLE; TimeoutError TIMEOUT; CancelledError ABORTED
   */
  async sendRequest(data: unknown, options?: SendOptions): Promise<string> {
    if (options !== undefined) checkSendOptions('sendRequest', options);
    this.#lastId += 1;
    const requestId = `${this.identity}-${String(this.#lastId)}`;
    const message = new PassingMessage('outgoing', 'route', requestId, options?.headers ?? {}, data, undefined);
    return this.sendOneWay({
      message,
      options,
      value: requestId,
      describe: () => `request ${requestId} to ${this.address}`,
      form: ({ body, headers }) =>
        this.isNative
          ? new OutgoingRecord(KIND.message, 0, requestId, headers)
          : [requestId, this.#classic.encodeValue(body, `request ${requestId}`)],
      mayPrepare: () => this.isNative,
    });
  }

  /** The next response. @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED, UNREACHABLE */
  async receiveResponse(options: WaitOptions = {}): Promise<DealerResponse> {
    if (this.isAccepting) await this.open();
    return this.#handOut(await this.#responses.take('receiveResponse', options));
  }

  /** All responses, one after the other. Leaving the loop loses nothing: the next one goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterableIterator<DealerResponse> {
    return loopOver(
      this.#responses,
      () => this.openForLoop(),
      (item) => this.#handOut(item),
    );
  }

  protected describeRecord({ subject = '' }: OutgoingRecord): string {
    return `request ${subject} to ${this.address}`;
  }

  protected override socketSettings(): Partial<SocketSettings> {
    return { routingId: this.identity };
  }

  protected override wantsFrames(): boolean {
    return this.#responses.wantsMore;
  }

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    if (isPacket(frames[0])) {
      return this.takeEach(this.readRecords(frames, 0, this.address).records, (record) => this.#takeRecord(record));
    }
    const [id, body] = frames;
    let response: DealerResponse;
    try {
      if (id === undefined || body === undefined || frames.length !== 2) {
        throw new MessageError('PROTOCOL', `a response has an id and a body; this has ${String(frames.length)} frames`);
      }
      response = { requestId: utf8Text(id), data: this.#classic.decodeValue(body, 'a response') };
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
    return this.#take(response, NO_HEADERS);
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.allSent(), until - performance.now());
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#responses.close('receiveResponse');
  }

  #takeRecord(record: NativeRecord): void | Promise<void> {
    if (record.kind !== KIND.message) {
      this.unexpected(record, this.address);
      return undefined;
    }
    const { subject: requestId = '', headers } = record;
    try {
      const data = decodeBody(record, this.serializer, 'route', requestId);
      return this.#take({ requestId, data }, headers);
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
  }

  #handOut({ item, message }: Taken<DealerResponse>): DealerResponse {
    if (message !== undefined) this.pipeline.settle(message, undefined);
    if (Operation.isObserved) Operation.happened(this, 'receive', 'route', item.requestId);
    return item;
  }

  #take(response: DealerResponse, headers: MessageHeaders): void | Promise<void> {
    if (this.pipeline.hasAny) return this.#throughMiddleware(response, headers);
    this.#responses.put({ item: response, message: undefined });
    return undefined;
  }

  #throughMiddleware({ requestId, data }: DealerResponse, headers: MessageHeaders): void | Promise<void> {
    const message = new PassingMessage('incoming', 'route', requestId, headers, data, undefined);
    const deliver = (): void => {
      this.#responses.put({ item: { requestId, data: message.body }, message });
    };
    return this.receiveThroughMiddleware(message, deliver, () => `response ${requestId}`);
  }
}

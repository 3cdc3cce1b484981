import type { Operation } from '../diagnostics/operation.js';
import { TimeoutError } from '../errors/error-classes.js';
import { Execution } from '../service/execution.js';
import type { Serializer } from '../contract/serializer.js';
import type { MessageHeaders } from '../contract/message.js';
import type { PassingMessage } from '../pipeline/passing-message.js';
import type { Peer } from '../sockets/peers.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import type { ClientSession } from './client-session.js';

/** How a request came, and so how its reply goes. */
export type RequestForm =
  | { readonly dialect: 'native'; readonly record: NativeRecord; readonly codec: Serializer }
  | {
      readonly dialect: 'classic';
      readonly envelope: readonly Buffer[];
      readonly requestId: string | undefined;
      readonly data: unknown;
    };

/** Who hears what becomes of requests. */
export interface RequestOwner {
  onSucceeded(request: ServerRequest, result: unknown): void;
  onFailed(request: ServerRequest, error: unknown): void;
  /** Its handler has ended, whether somebody still waits for it or not. */
  onEnded(request: ServerRequest): void;
}

/** A request that a server is to answer. */
export class ServerRequest extends Execution {
  readonly from: Peer<ClientSession>;
  readonly form: RequestForm;
  /** Of those who want to know what the server does. */
  operation: Operation | undefined = undefined;
  /** What the middleware has of it. */
  message: PassingMessage | undefined = undefined;
  /** Its place among the requests of its client. */
  id = 0;
  /** Its client is gone, or has taken it back: nobody waits for a reply. */
  isAbandoned = false;
  /** Stands in line for its turn. */
  isWaiting = false;
  /** Runs beside the others: it neither waits nor counts. */
  isBeside = false;
  /** What it was answered with, if that was an error; what ended it, if nobody waited for an answer. */
  failure: unknown = undefined;
  /** A handler of this process has been called for it. Behind a gateway it is another process's. */
  hasRun = false;
  /** Its answer is ours, and every client understands it in JSON. */
  isAnsweredByServer = false;
  /** When its handler began, on the clock of `performance.now()`; kept where the server limits how many run. */
  startedAt = 0;
  readonly #owner: RequestOwner;

  constructor(
    action: string,
    from: Peer<ClientSession>,
    form: RequestForm,
    headers: MessageHeaders,
    limit: { readonly deadline: number; readonly timeoutMs: number },
    owner: RequestOwner,
  ) {
    super(action, { headers, peer: from.name, ...limit });
    this.from = from;
    this.form = form;
    this.#owner = owner;
  }

  get requestId(): string | undefined {
    return this.form.dialect === 'native' ? `${this.from.name}-${String(this.form.record.id)}` : this.form.requestId;
  }

  /** What is sent for it, for messages of errors. */
  describe(): string {
    return `the reply to '${this.action}' for ${this.from.name}`;
  }

  /** The client waits no longer. */
  abandon(reason: Error): void {
    this.isAbandoned = true;
    this.stop(reason);
  }

  override expire(): void {
    if (this.isWaiting) this.stop(this.tooLate());
    else super.expire();
  }

  /** What it is answered with if its time is up before its turn comes. */
  tooLate(): TimeoutError {
    return new TimeoutError('TIMEOUT', `'${this.action}' was not run: its time was up before its turn came`, {
      outcome: 'not-sent',
    });
  }

  protected succeeded(result: unknown): void {
    this.#owner.onSucceeded(this, result);
  }

  protected failed(error: unknown): void {
    this.#owner.onFailed(this, error);
  }

  protected override ended(): void {
    this.#owner.onEnded(this);
  }
}

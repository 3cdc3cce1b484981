import type * as Grpc from '@grpc/grpc-js';
import { ChannelSockets } from './channel-sockets.js';
import { asIs, callMetadata } from './grpc.js';

/** How long the question why there is no connection may take, in ms. It is answered at once. */
const REASON_MS = 100;

/** Any will do: it is refused before it leaves. */
const ANY_METHOD = '/etcdserverpb.Maintenance/Status';

const CHANNEL_OPTIONS = {
  // A connection of our own, which ends with us.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  // As etcd's own client: what etcd sends has no other limit than its own, 1.5 MiB a value by default.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A peer that is silent for longer is dead, which only this shows while a watch waits. More often than every 5 seconds etcd does not allow.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 0,
};

/** A gRPC channel to one member, and how many calls it has. Whoever begins one says so, and when it is over. */
export class Connection {
  readonly client: Grpc.Client;
  readonly #grpc: typeof Grpc;
  readonly #sockets = new ChannelSockets();
  readonly #onClosed: (connection: Connection) => void;
  #calls = 0;
  #isRetired = false;
  #isClosed = false;

  /** @param onClosed called when it has let go of everything. */
  constructor(
    grpc: typeof Grpc,
    hostAndPort: string,
    credentials: Grpc.ChannelCredentials,
    onClosed: (connection: Connection) => void,
  ) {
    this.#grpc = grpc;
    this.#onClosed = onClosed;
    this.client = new grpc.Client(`dns:${hostAndPort}`, this.#sockets.watch(credentials), CHANNEL_OPTIONS);
  }

  /** Whether it takes no more calls. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** How much has arrived over it so far, in bytes. */
  get bytesRead(): number {
    return this.#sockets.bytesRead;
  }

  callBegan(): void {
    this.#calls += 1;
  }

  callEnded(): void {
    this.#calls -= 1;
    if (this.#isRetired && this.#calls === 0) this.close();
  }

  /**
   * Resolves when a call can leave at once.
   * @param timeoutMs how long that may take.
   * @returns why it cannot, if it cannot
   */
  async ready(timeoutMs: number): Promise<string | undefined> {
    const { READY, SHUTDOWN, TRANSIENT_FAILURE } = this.#grpc.connectivityState;
    const channel = this.client.getChannel();
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      // A channel that is closed must not be asked to connect.
      if (channel.getConnectivityState(false) === SHUTDOWN) return 'the client is closed';
      const state = channel.getConnectivityState(true);
      if (state === READY) return undefined;
      if (state === TRANSIENT_FAILURE) return this.#reason();
      if (!(await stateChange(channel, state, deadline))) return 'it does not answer';
    }
  }

  /** Takes no more calls, and is closed when those are over that it has: what is wrong with it does not become better. */
  retire(): void {
    this.#isRetired = true;
    if (this.#calls === 0) this.close();
  }

  /** At once, whatever is under way. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isRetired = true;
    this.client.close();
    this.#sockets.destroy();
    this.#onClosed(this);
  }

  /** A state does not say why. A call does, which is refused at once. */
  #reason(): Promise<string> {
    return new Promise((resolve) => {
      const options = { deadline: Date.now() + REASON_MS };
      const answer = (error: Grpc.ServiceError | null): void => {
        // gRPC adds notes, and their heading also where there are none.
        resolve(error?.details.replace(/\s*Resolution note:\s*$/, '') ?? 'the connection broke');
      };
      const metadata = callMetadata(this.#grpc, undefined);
      this.client.makeUnaryRequest(ANY_METHOD, asIs, asIs, Buffer.alloc(0), metadata, options, answer);
    });
  }
}

/** @returns whether it came before the deadline */
function stateChange(
  channel: ReturnType<Grpc.Client['getChannel']>,
  state: Grpc.connectivityState,
  deadline: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    channel.watchConnectivityState(state, deadline, (error) => {
      resolve(error === undefined);
    });
  });
}

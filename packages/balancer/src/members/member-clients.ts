import { Client, type ClientOptions, type Middleware } from '@liberzmq/core';

/** What the clients of members are made with. */
export interface MemberClientSettings {
  readonly client: Omit<ClientOptions, 'address'>;
  readonly timeoutMs: number;
}

/** An address for a client that is never used. */
const NOWHERE = 'tcp://127.0.0.1:1';

/** Makes the clients of members that are given by their address. */
export class MemberClients {
  readonly #settings: MemberClientSettings;
  readonly #middleware: Middleware[] = [];

  constructor(settings: MemberClientSettings) {
    this.#settings = settings;
  }

  /** Whether they have middleware. */
  get haveMiddleware(): boolean {
    return this.#middleware.length > 0;
  }

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  make(address: string): Client {
    const client = new Client({
      ...this.#settings.client,
      timeoutMs: this.#settings.timeoutMs,
      // There are others to ask.
      waitForConnection: false,
      address,
    });
    for (const each of this.#middleware) client.addMiddleware(each);
    return client;
  }

  /** Adds a middleware to those that were made, and to all that are made from now on. @throws ConfigurationError BAD_OPTION, also where there are none yet */
  addMiddleware(middleware: Middleware, made: Iterable<Client>): void {
    // A client says what is wrong with it.
    new Client({ address: NOWHERE }).addMiddleware(middleware);
    for (const client of made) client.addMiddleware(middleware);
    this.#middleware.push(middleware);
  }
}

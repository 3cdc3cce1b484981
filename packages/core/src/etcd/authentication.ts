import { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';
import { statusDetails } from './status-error.js';

/** Who to be. */
export interface EtcdCredentials {
  readonly username: string;
  readonly password: string;
}

/** The token that etcd gives for name and password, and wants with each call. One is fetched for all calls that need it. */
export class Authentication {
  readonly #request: Uint8Array;
  readonly #ask: (body: Uint8Array) => Promise<Uint8Array>;
  #token: Promise<string | undefined> | undefined;
  #latest: string | undefined;

  /** @param ask asks etcd's `Authenticate`. */
  constructor({ username, password }: EtcdCredentials, ask: (body: Uint8Array) => Promise<Uint8Array>) {
    this.#request = new MessageWriter().text(1, username).text(2, password).finish();
    this.#ask = ask;
  }

  /** Nothing, where etcd asks nobody who they are. */
  token(): Promise<string | undefined> {
    if (this.#token === undefined) {
      const token = this.#fetch();
      this.#token = token;
      token.catch(() => {
        if (this.#token === token) this.#token = undefined;
      });
    }
    return this.#token;
  }

  /** A token has been refused: another one is fetched when it is wanted, unless there is another by now. */
  forget(token: string | undefined): void {
    if (token === this.#latest) this.#token = undefined;
  }

  async #fetch(): Promise<string | undefined> {
    try {
      this.#latest = readToken(new MessageReader(await this.#ask(this.#request)));
    } catch (error) {
      if (statusDetails(error)?.reason.includes('authentication is not enabled') !== true) throw error;
      this.#latest = undefined;
    }
    return this.#latest;
  }
}

/** `AuthenticateResponse`. */
function readToken(reader: MessageReader): string {
  let token = '';
  while (reader.next()) if (reader.field === 2) token = reader.text();
  return token;
}

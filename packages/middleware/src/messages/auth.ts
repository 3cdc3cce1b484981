import { AuthenticationError, type Message, type Middleware, type Principal } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { isThenable } from '@liberzmq/core/requesters';
import { describeMessage } from './describe-message.js';
import { headerName } from './header-name.js';

/** Makes the credentials of a message that goes out. */
export type Sign = (message: Message) => string | Promise<string>;

/**
 * Says who sent a message, by its credentials. What it throws, and `undefined`, refuses the message. Its sender is told nothing of why, unless it throws
 * an `AuthenticationError` of its own.
 */
export type Verify = (credentials: string, message: Message) => Principal | undefined | Promise<Principal | undefined>;

/** For {@link auth}. At least one of `sign` and `verify`. */
export interface AuthOptions {
  /**
   * Makes the credentials of requests and one-way messages that go out.
   * @defaultValue they go out as they are
   */
  sign?: Sign | undefined;
  /**
   * Checks those of requests and one-way messages that come in.
   * @defaultValue they come in as they are
   */
  verify?: Verify | undefined;
  /**
   * The header that holds them. Whoever handles a message does not see it.
   * @defaultValue 'authorization', which is not shown by `logging()`: another one is to be among what that redacts
   */
  header?: string | undefined;
}

/**
 * Proves who sends. What comes in without credentials that are accepted is refused with `UNAUTHENTICATED`; of all else handlers read `context.principal`. Replies carry no credentials: that
 * the server is the right one, and that nobody listens, is up to the transport. Where publications carry no headers, in the classic dialect, it cannot be used.
 * Add it last, nearest to the wire.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const { sign, verify } = hmac({ keyId: 'shop', secret });
 * client.addMiddleware(auth({ sign }));
 * server.addMiddleware(auth({ verify }));
 * ```
 */
export function auth(options: AuthOptions): Middleware {
  checkOptions('auth', options, { sign: option.callback, verify: option.callback, header: headerName });
  const { sign, verify, header = 'authorization' } = options;
  if (sign === undefined && verify === undefined)
    throw badOption("auth: give it 'sign' for what goes out, 'verify' for what comes in, or both");
  return {
    name: 'auth',
    outgoing:
      sign && ((message, next) => (message.request === undefined ? signed(message, next, sign, header) : next())),
    incoming:
      verify && ((message, next) => (message.request === undefined ? verified(message, next, verify, header) : next())),
  };
}

type Next = () => Promise<void>;

function signed(message: Message, next: Next, sign: Sign, header: string): Promise<void> {
  takeOut(message, header);
  const goOn = (credentials: unknown): Promise<void> => {
    if (typeof credentials !== 'string' || credentials === '')
      throw badOption(`auth: sign must return a string that is not empty, not ${describe(credentials)}`);
    message.headers = { ...message.headers, [header]: credentials };
    return next();
  };
  const credentials = sign(message);
  return typeof credentials === 'string' ? goOn(credentials) : Promise.resolve(credentials).then(goOn);
}

function verified(message: Message, next: Next, verify: Verify, header: string): Promise<void> {
  const credentials = takeOut(message, header);
  if (credentials === undefined)
    throw refused(message, `it has no header '${header}'; its sender needs auth({ sign })`, undefined);
  const refuse = (error: unknown): never => {
    throw error instanceof AuthenticationError ? error : refused(message, 'its credentials are not accepted', error);
  };
  const goOn = (principal: unknown): Promise<void> => {
    message.principal = isPrincipal(principal)
      ? principal
      : refuse(new TypeError(`verify returned ${describe(principal)}, which is no principal with an id`));
    return next();
  };
  let principal;
  try {
    principal = verify(credentials, message);
  } catch (error) {
    return refuse(error);
  }
  return isThenable(principal) ? Promise.resolve(principal).catch(refuse).then(goOn) : goOn(principal);
}

/** Takes the credentials out of a message's headers. */
function takeOut(message: Message, header: string): string | undefined {
  const { [header]: credentials, ...others } = message.headers;
  if (credentials !== undefined) message.headers = others;
  return credentials;
}

function isPrincipal(value: unknown): value is Principal {
  const { id } = (typeof value === 'object' && value !== null ? value : {}) as { id?: unknown };
  return typeof id === 'string' && id !== '';
}

/** @param cause for the log of this side: it is not sent */
function refused(message: Message, why: string, cause: unknown): AuthenticationError {
  return new AuthenticationError('UNAUTHENTICATED', `${describeMessage(message)} was refused: ${why}`, {
    outcome: 'answered',
    ...(cause === undefined ? {} : { cause }),
  });
}

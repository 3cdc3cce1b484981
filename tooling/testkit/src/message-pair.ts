import {
  Client,
  Dealer,
  Publisher,
  Puller,
  Pusher,
  Router,
  Server,
  Subscriber,
  type ActionHandler,
  type Closable,
  type EndpointOptions,
  type EndpointStats,
  type Message,
  type MessageContext,
  type Middleware,
  type Pattern,
  type SendOptions,
} from '@liberzmq/core';
import { soon } from './requester-law-steps.js';

/** Every pattern that there is. */
export const PATTERNS: readonly Pattern[] = ['request', 'publish', 'task', 'route'];

/** A message as it came out of the receiver's middleware. */
export type Arrived = Pick<Message, 'subject' | 'headers' | 'body' | 'principal' | 'context'>;

/** What of an endpoint a pair gives. */
export interface PairEnd {
  addMiddleware(middleware: Middleware, options?: { position?: 'first' | 'last' }): unknown;
  stats(): EndpointStats;
}

/** Two endpoints that are connected, one at each end of a pattern. */
export interface MessagePair {
  readonly pattern: Pattern;
  readonly sender: PairEnd;
  readonly receiver: PairEnd;
  /** All that has come through the receiver's middleware. */
  readonly arrived: readonly Arrived[];
  /** Sends a message. Resolves with the reply to a request, and else when it was handed over. */
  send(body: unknown, options?: SendOptions & { subject?: string; context?: MessageContext }): Promise<unknown>;
  /** Sends a message, and resolves with what arrives of it. */
  exchange(body: unknown, options?: SendOptions & { subject?: string }): Promise<Arrived>;
  close(): Promise<void>;
}

/** For {@link openPair}. */
export interface PairOptions extends Partial<Pick<EndpointOptions, 'address' | 'dialect' | 'serializer'>> {
  /**
   * What answers a request, or handles a topic's message or a task.
   * @defaultValue a request is answered with its data
   */
  handler?: ActionHandler;
  /** The sender's middleware from the beginning on, for such as must be there before the endpoint is opened. */
  sender?: readonly Middleware[];
  /** The receiver's. */
  receiver?: readonly Middleware[];
}

/** The subject of what is sent without one. */
export const SUBJECT = 'act.now';

const echo: ActionHandler = (data) => data;

let pairs = 0;

/** Opens two endpoints, by default within the process. */
export async function openPair(pattern: Pattern, options: PairOptions = {}): Promise<MessagePair> {
  pairs += 1;
  const { handler = echo, sender: ofSender = [], receiver: ofReceiver = [], ...others } = options;
  const isBoundSender = pattern === 'publish' || pattern === 'task';
  const [ofBound, ofConnecting] = isBoundSender ? [ofSender, ofReceiver] : [ofReceiver, ofSender];
  const { bound, connecting, sendBy } = await open(
    pattern,
    { address: `inproc://pair-${pairs}`, ...others },
    { handler, bound: prepareWith(ofBound), connecting: prepareWith(ofConnecting) },
  );
  const [sender, receiver] = isBoundSender ? [bound, connecting] : [connecting, bound];
  const arrived: Arrived[] = [];
  const waiting: ((one: Arrived) => void)[] = [];
  const arrivals: Middleware = {
    name: 'arrivals',
    incoming({ subject, headers, body, principal, context }, next) {
      const one = { subject, headers, body, principal, context };
      arrived.push(one);
      waiting.shift()?.(one);
      return next();
    },
  };
  receiver.addMiddleware(arrivals, { position: 'first' });
  const send: MessagePair['send'] = async (body, { subject = SUBJECT, ...rest } = {}) => sendBy(subject, body, rest);
  return {
    pattern,
    sender,
    receiver,
    arrived,
    send,
    async exchange(body, given) {
      const arrival = new Promise<Arrived>((resolve) => waiting.push(resolve));
      await send(body, given);
      return soon(arrival);
    },
    async close() {
      await connecting.close({ timeoutMs: 0 });
      await bound.close({ timeoutMs: 0 });
    },
  };
}

type End = PairEnd & Closable;

interface OpenEnds {
  readonly bound: End;
  readonly connecting: End;
  readonly sendBy: (subject: string, body: unknown, options: SendOptions) => Promise<unknown>;
}

type Prepare = <T extends PairEnd>(endpoint: T) => T;

/** Gives an endpoint its middleware. */
function prepareWith(list: readonly Middleware[]): Prepare {
  return (endpoint) => {
    for (const middleware of list) endpoint.addMiddleware(middleware);
    return endpoint;
  };
}

async function open(
  pattern: Pattern,
  options: EndpointOptions,
  { handler, bound: asBound, connecting }: { handler: ActionHandler; bound: Prepare; connecting: Prepare },
): Promise<OpenEnds> {
  const handle = (data: unknown, context: MessageContext): unknown => handler(data, context as never);
  if (pattern === 'request') {
    const server = asBound(new Server(options)).setDefaultHandler(handler);
    const bound = await server.startServer();
    const client = connecting(new Client({ ...options, address: bound.boundAddress ?? '' }));
    return { bound, connecting: client, sendBy: (subject, body, rest) => client.sendRequest(subject, body, rest) };
  }
  if (pattern === 'publish') {
    const publisher = await asBound(new Publisher(options)).connect();
    const subscriber = connecting(new Subscriber({ ...options, address: publisher.boundAddress ?? '' }));
    subscriber.subscribe('>', (_topic, message, context) => void handle(message, context));
    await subscriber.startListening();
    await publisher.waitForSubscribers();
    return { bound: publisher, connecting: subscriber, sendBy: (...args) => publisher.publish(...args) };
  }
  if (pattern === 'task') {
    const pusher = await asBound(new Pusher(options)).connect();
    const puller = connecting(new Puller({ ...options, address: pusher.boundAddress ?? '' }));
    puller.setDefaultHandler(async ({ data }, context) => {
      await handle(data, context);
    });
    await puller.startWorker();
    return { bound: pusher, connecting: puller, sendBy: (...args) => pusher.pushTask(...args) };
  }
  const router = await asBound(new Router(options)).connect();
  const dealer = await connecting(new Dealer({ ...options, address: router.boundAddress ?? '' })).connect();
  void takeAll(router);
  return { bound: router, connecting: dealer, sendBy: (_subject, body, rest) => dealer.sendRequest(body, rest) };
}

/** A router reads while somebody wants what comes. */
async function takeAll(router: Router): Promise<void> {
  for await (const _request of router);
}

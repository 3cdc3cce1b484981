import type { Message, MessageContext, MessageHeaders, Pattern, Principal } from '../contract/message.js';
import { badOption, describe, option } from '../options/check-options.js';

/** The reason under which a message is counted that was stopped without one. */
const NO_REASON = 'middleware';
const LONGEST_REASON = 64;

/** What stopped a message, and where. */
type Stop =
  | {
      readonly kind: 'answered';
      readonly result: unknown;
      readonly headers: MessageHeaders | undefined;
      /** That of the step. */
      readonly place: number;
    }
  | { readonly kind: 'dropped'; readonly reason: string };

/** A message on its way through the steps of an endpoint's middleware. */
export class PassingMessage implements Message {
  readonly direction: Message['direction'];
  readonly pattern: Pattern;
  subject: string;
  headers: MessageHeaders;
  body: unknown;
  readonly context: MessageContext | undefined;
  readonly request: Message | undefined;
  principal: Principal | undefined = undefined;
  /** The place of the step that has it, among all middleware of the endpoint. */
  place = 0;
  /** Whether it has come through all steps. */
  hasPassed = false;
  isKept = false;
  /** Whether it has been told to `settled`. */
  isSettled = false;
  stop: Stop | undefined = undefined;

  constructor(
    direction: Message['direction'],
    pattern: Pattern,
    subject: string,
    headers: MessageHeaders,
    body: unknown,
    context: MessageContext | undefined,
    request?: Message,
  ) {
    this.direction = direction;
    this.pattern = pattern;
    this.subject = subject;
    this.headers = headers;
    this.body = body;
    this.context = context;
    this.request = request;
  }

  /** The reason that a step has given, if one has dropped it. */
  get droppedAs(): string | undefined {
    return this.stop?.kind === 'dropped' ? this.stop.reason : undefined;
  }

  /** Why it was stopped, as it is counted: a step that does not say why has dropped it without a word. */
  get dropReason(): string {
    return this.droppedAs ?? NO_REASON;
  }

  /** What a step has said of it, to be put behind an error's message. */
  get why(): string {
    return this.droppedAs === undefined ? '' : `: ${this.droppedAs}`;
  }

  answer(result: unknown, headers?: MessageHeaders): void {
    if (this.pattern !== 'request' || this.request !== undefined) {
      throw badOption(
        `answer() is for requests; this is ${this.request === undefined ? 'a one-way message' : 'a reply'}`,
      );
    }
    this.#checkMayStop('answer');
    const wanted = headers === undefined ? undefined : option.headers(headers);
    if (wanted !== undefined) throw badOption(`answer(): the headers must be ${wanted}`);
    this.stop = { kind: 'answered', result, headers, place: this.place };
  }

  drop(reason: string): void {
    if (typeof reason !== 'string' || reason === '' || reason.length > LONGEST_REASON) {
      throw badOption(
        `drop(): the reason must be a text of at most ${String(LONGEST_REASON)} characters, not ${describe(reason)}`,
      );
    }
    this.#checkMayStop('drop');
    this.stop = { kind: 'dropped', reason };
  }

  #checkMayStop(where: string): void {
    if (this.hasPassed) throw badOption(`${where}(): the message has gone on already: call it instead of next()`);
    if (this.stop !== undefined) throw badOption(`${where}(): the message was ${this.stop.kind} before`);
  }
}

import type { Message } from '../contract/message.js';
import type { Middleware } from '../contract/middleware.js';
import { badOption, describe } from '../options.js';
import { runSteps, type NamedStep } from './compose.js';

/** The middleware of one endpoint: one list, both directions. */
export class EndpointPipeline {
  #outgoing: readonly NamedStep[] = [];
  #incoming: readonly NamedStep[] = [];
  /** Settles when every message that went out earlier has been taken over, so that slow steps do not change the order. */
  #turn: Promise<void> = Promise.resolve();

  /** Whether there is anything to run in that direction. Ask first: without middleware a message costs nothing here. */
  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  get hasIncoming(): boolean {
    return this.#incoming.length > 0;
  }

  /** Adds a middleware for the messages from now on; those that are on their way keep their steps. */
  add(middleware: Middleware): void {
    const given = middleware as Partial<Middleware> | null | undefined;
    if (typeof given !== 'object' || given === null)
      throw badOption(`a middleware is an object with a name and a step, not ${describe(given)}`);
    const { name, outgoing, incoming } = given;
    if (typeof name !== 'string' || name === '') throw badOption('a middleware needs a name');
    if (outgoing === undefined && incoming === undefined) {
      throw badOption(`middleware '${name}' has neither an outgoing nor an incoming step`);
    }
    for (const step of [outgoing, incoming]) {
      if (step !== undefined && typeof step !== 'function')
        throw badOption(`a step of the middleware '${name}' must be a function, not ${describe(step)}`);
    }
    if (outgoing !== undefined) this.#outgoing = [...this.#outgoing, { name, step: outgoing.bind(middleware) }];
    if (incoming !== undefined) this.#incoming = [{ name, step: incoming.bind(middleware) }, ...this.#incoming];
  }

  /**
   * Runs the outgoing steps, then `last`. Messages reach `last` in the order in which they came here, however long a step takes.
   * @param onTurn gets what gives this message's turn away, for when it is over before its steps have ended.
   * @returns whether the message came through.
   */
  async runOutgoing(
    message: Message,
    last: () => void | Promise<void>,
    onTurn?: (giveAway: () => void) => void,
  ): Promise<boolean> {
    const earlier = this.#turn;
    let leave!: () => void;
    this.#turn = new Promise((resolve) => {
      leave = resolve;
    });
    const giveAway = (): void => {
      void earlier.then(leave);
    };
    onTurn?.(giveAway);
    try {
      return await runSteps(this.#outgoing, message, async () => {
        await earlier;
        try {
          await last();
        } finally {
          leave();
        }
      });
    } finally {
      giveAway();
    }
  }

  /** Runs the outgoing steps for a message that keeps no order with others: a reply. @returns whether the message came through. */
  runReply(message: Message): Promise<boolean> {
    return runSteps(this.#outgoing, message, () => undefined);
  }

  /** Runs the incoming steps, then `last`. @returns whether the message came through. */
  runIncoming(message: Message, last: () => void | Promise<void>): Promise<boolean> {
    return runSteps(this.#incoming, message, last);
  }
}

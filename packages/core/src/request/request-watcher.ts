import type { AbortListener } from '../timing/cancellation.js';

/**
 * Who sends a request on behalf of somebody else, as a balancer does, and is told what becomes of it before whoever waits for it. For what a promise of its own would do as well, at the price of a tenth
 * of all requests a second. Nothing here may throw.
 */
export interface RequestWatcher {
  /** The request is under way. One that fails before is never said to be. @param request can be ended by whoever wants it no longer: the server is told so */
  began(request: AbortListener): void;
  /** The result has come. */
  succeeded(): void;
  /**
   * It has failed.
   * @param isAnswer whether that is what the other side has answered, in whatever words, so that there is nothing wrong with the connection, or with it
   * @returns what takes its place, if it is not the end: the request comes to what this promise comes to
   */
  failed(error: unknown, isAnswer: boolean): Promise<unknown> | undefined;
}

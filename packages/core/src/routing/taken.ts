import type { PassingMessage } from '../pipeline/passing-message.js';

/** Something that lies ready to be fetched, with what the middleware has of it. */
export interface Taken<T> {
  readonly item: T;
  readonly message: PassingMessage | undefined;
}

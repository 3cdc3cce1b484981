import type { Mailbox } from './mailbox.js';

/**
 * A `for await` loop over what lies in an endpoint's mailbox. Leaving it loses nothing: the next one goes on where it ended.
 * @param open opens the endpoint if need be; what keeps it from that ends the loop with an error. Without a promise, it is open.
 * @param handOut what the loop gets of an item.
 */
export function loopOver<T, R>(
  mailbox: Mailbox<T>,
  open: () => Promise<void> | undefined,
  handOut: (item: T) => R,
): AsyncIterableIterator<R> {
  const items = mailbox[Symbol.asyncIterator]();
  // It is opened now, whether somebody asks for an item at once or not; whoever asks hears if it fails.
  open()?.catch(() => undefined);
  const iterator: AsyncIterableIterator<R> = {
    async next() {
      const opening = open();
      if (opening !== undefined) await opening;
      const result = await items.next();
      return result.done === true ? result : { done: false, value: handOut(result.value) };
    },
    async return() {
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/**
 * What this process does for the one that started it: each order has a function, whose result is the answer. It ends when the other one lets go of it.
 *
 * @param {Record<string, (details: any) => unknown>} orders
 * @param {() => Promise<unknown>} close
 */
export function obey(orders, close) {
  process.on('message', (/** @type {{ id: number, order: string, details: object }} */ { id, order, details }) => {
    void answer(id, async () => orders[order]?.(details));
  });
  process.once('disconnect', () => void close());
  // Ctrl-C reaches every process of a terminal; what it means is for the one that started this one to say.
  process.on('SIGINT', () => undefined);
}

/**
 * @param {number} id
 * @param {() => Promise<unknown>} act
 */
async function answer(id, act) {
  const said = await act().then(
    (result) => ({ id, result }),
    (error) => ({ id, error: error instanceof Error ? error.stack : String(error) }),
  );
  // Nobody may be there any more to be told.
  if (process.connected) process.send?.(said, () => undefined);
}

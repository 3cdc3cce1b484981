/**
 * What is sent, and how it is told from something else at the other end. `window` is how many calls a caller of one-way messages fires before it waits
 * for them; `every` is after how many messages a receiver looks at the clock, which would cost too much for each small one.
 *
 * @typedef {{ title: string, data: any, isIntact: (data: any) => boolean, window: number, every: number }} Payload
 */

const ID = 4711;
const ROWS = 100;
const LARGE_BYTES = 1_000_000;

const small = { id: ID, name: 'sensor7', unit: 'celsius', values: [20.5, 21.25], at: 1_700_000_000, tags: ['a', 'b'] };
const medium = { id: ID, rows: Array.from({ length: ROWS }, (_, id) => ({ ...small, id })) };

/** By name, as processes tell each other which one is meant. @type {Record<'small' | 'medium' | 'large', Payload>} */
export const PAYLOADS = {
  small: { title: '100 B of JSON', data: small, isIntact: ({ id }) => id === ID, window: 1_000, every: 64 },
  medium: {
    title: '10 KB of JSON',
    data: medium,
    isIntact: ({ id, rows }) => id === ID && rows.length === ROWS,
    window: 100,
    every: 4,
  },
  large: {
    title: '1 MB in a Buffer',
    data: Buffer.alloc(LARGE_BYTES, 'liberzmq'),
    isIntact: (data) => Buffer.isBuffer(data) && data.length === LARGE_BYTES,
    window: 4,
    every: 1,
  },
};

/** @typedef {keyof typeof PAYLOADS} PayloadName */

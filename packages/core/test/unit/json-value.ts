import fc from 'fast-check';

/** Any value that JSON has. It has no -0. */
export const jsonValue = fc
  .jsonValue({ stringUnit: 'binary' })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

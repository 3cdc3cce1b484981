import { expect, it } from '@jest/globals';
import { Nonces } from '../../src/messages/nonces.js';

const use = (nonces: Nonces, nonce: string, now: number): void => nonces.use(nonce, `by ${nonce}`, false, now);

it('uses each up, until it may be forgotten', () => {
  const nonces = new Nonces(100, 10);
  use(nonces, 'a', 0);
  use(nonces, 'b', 50);
  expect(() => use(nonces, 'a', 99)).toThrow('used before');
  use(nonces, 'a', 100);
  expect(() => use(nonces, 'b', 149)).toThrow('used before');
  expect(nonces.size).toBe(2);
});

it('refuses rather than forget too early', () => {
  const nonces = new Nonces(100, 2);
  use(nonces, 'a', 0);
  use(nonces, 'b', 1);
  expect(() => use(nonces, 'c', 99)).toThrow('maxNonces');
  expect(() => use(nonces, 'a', 99)).toThrow('used before');
  use(nonces, 'c', 100);
  expect(nonces.size).toBe(2);
});

it('lets the very same message come again if it was kept, however many there are', () => {
  const nonces = new Nonces(100, 1);
  for (const isKept of [false, true]) nonces.use('a', 'by a', isKept, 0);
  expect(() => nonces.use('a', 'by another', true, 1)).toThrow('used before');
  expect(() => nonces.use('a', 'by a', false, 1)).toThrow('used before');
  expect(nonces.size).toBe(1);
});

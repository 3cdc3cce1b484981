import { expect, it } from '@jest/globals';
import { Nonces } from '../../src/messages/nonces.js';

it('uses each up, until it may be forgotten', () => {
  const nonces = new Nonces(100, 10);
  nonces.use('a', 0);
  nonces.use('b', 50);
  expect(() => nonces.use('a', 99)).toThrow('used before');
  nonces.use('a', 100);
  expect(() => nonces.use('b', 149)).toThrow('used before');
  expect(nonces.size).toBe(2);
});

it('refuses rather than forget too early', () => {
  const nonces = new Nonces(100, 2);
  nonces.use('a', 0);
  nonces.use('b', 1);
  expect(() => nonces.use('c', 99)).toThrow('maxNonces');
  expect(() => nonces.use('a', 99)).toThrow('used before');
  nonces.use('c', 100);
  expect(nonces.size).toBe(2);
});

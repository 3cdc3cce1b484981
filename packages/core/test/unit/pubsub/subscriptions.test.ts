import { describe, expect, it } from '@jest/globals';
import { Subscriptions } from '../../../src/pubsub/subscriptions.js';
import { topicPattern } from '../../../src/pubsub/topic-pattern.js';

/** Subscriptions, what their owner hears, and a short way to add one. */
function start() {
  const heard: string[] = [];
  const subscriptions = new Subscriptions({
    onPrefix: (prefix, isWanted) => heard.push(`${isWanted ? '+' : '-'}${prefix}`),
    onChanged: () => heard.push('changed'),
  });
  const add = (pattern: string, handler?: () => void) => subscriptions.add(topicPattern(pattern), handler);
  return { subscriptions, heard, add };
}

const [one, two, three] = [(): void => undefined, (): void => undefined, (): void => undefined];

it('a prefix is wanted from the first subscription with it to the last', () => {
  const { subscriptions, heard, add } = start();
  const first = add('a.*');
  const second = add('a.>', one);
  expect([...subscriptions.prefixes()]).toEqual(['a.']);
  first.unsubscribe();
  first.unsubscribe();
  second[Symbol.dispose]();
  expect(heard).toEqual(['+a.', 'changed', 'changed', 'changed', '-a.', 'changed']);
  expect([[...subscriptions.prefixes()], subscriptions.patterns(), subscriptions.size]).toEqual([[], [], 0]);
});

it('those of a pattern are ended, all or with one handler', () => {
  const { subscriptions, add } = start();
  add('a', one);
  add('a', two);
  add('a');
  add('b', one);
  expect(subscriptions.remove('a', one)).toBe(true);
  expect(subscriptions.routeOf('a').handlers).toEqual([two]);
  expect([subscriptions.remove('a'), subscriptions.remove('a'), subscriptions.isSubscribed('a')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(subscriptions.patterns()).toEqual(['b']);
});

it('a handler is on the route of a topic once, in the order of the subscriptions', () => {
  const { subscriptions, add } = start();
  expect(subscriptions.routeOf('a')).toEqual({ isSubscribed: false, handlers: [] });
  add('*');
  expect(subscriptions.routeOf('a')).toEqual({ isSubscribed: true, handlers: [] });
  add('a', two);
  add('>', one);
  add('*', two);
  expect(subscriptions.routeOf('a').handlers).toEqual([two, one]);
  expect(subscriptions.routeOf('a.b').handlers).toEqual([one]);
});

describe('newcomers', () => {
  it('are handlers that have come later, and were not there with another subscription', () => {
    const { subscriptions, add } = start();
    add('a', one);
    const moment = subscriptions.clock;
    add('a', two);
    add('*', one);
    add('b', three);
    add('>');
    expect(subscriptions.newcomers('a', moment)).toEqual([two]);
    expect(subscriptions.newcomers('c', moment)).toEqual([one]);
    expect(subscriptions.newcomers('a', 0)).toEqual([one, two]);
    expect(subscriptions.newcomers('a', subscriptions.clock)).toEqual([]);
    expect(subscriptions.patternsOfNewcomers(moment)).toEqual(['a', '*', 'b']);
  });

  it('come before or behind what else happens', () => {
    const { subscriptions, add } = start();
    add('a', one);
    const announced = subscriptions.tick();
    expect(subscriptions.newcomers('a', announced)).toEqual([]);
    add('a', two);
    expect(subscriptions.newcomers('a', announced)).toEqual([two]);
    expect(subscriptions.newcomers('a', subscriptions.tick())).toEqual([]);
  });
});

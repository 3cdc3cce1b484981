import { expect, test } from '@jest/globals';
import { patternDanger } from '../src/pattern/pattern-danger.js';

test.each([
  '(a+)+$',
  '^(a*)*$',
  '^(a|a)*$',
  '^(a|aa)+$',
  '^([a-z]+)*$',
  '^(\\w+\\s?)*$',
  '^(\\d+|\\d+x)*$',
  '^(.*a){20}$',
  '^(a?){30}a{30}$',
  '^(?:(?:a|b)+|[ab])*c$',
  '^(?=(x+)+y)',
  '^(([a-z0-9]+)(\\.)?)+@',
  '^(a)\\1$',
  '^(\\p{L}+|\\d+)+$',
  '^([^-]+|-x|[a-z])+$',
  '^(?<name>x+)+$',
  '(?:\\u{61}+|a)*b',
  '^([\\x61-c]+b*)*$',
  '^(a{1,9}){2,}$',
])('%s may take exponentially long', (pattern) => {
  new RegExp(pattern, 'u');
  expect(patternDanger(pattern)).toEqual({ why: expect.any(String), longest: 0 });
});

test.each([
  ['^(.*)(.*)x$', 2],
  ['^\\s*(\\w.*)?\\s+$', 2],
  ['\\d+$', 2],
  ['[a-z]+@', 2],
  ['a*(?=b)', 2],
  ['(?!a*b)c', 2],
  ['\\w+\\b', 2],
  ['^(?:a(?=a*b))*$', 2],
  ['^.*-.*$', 2],
  ['^a{2,}a{2,}b$', 2],
  ['^(?:ab)*(?:abab)*x', 2],
  ['^\\S+@\\S+\\.\\S+$', 3],
  ['^(.*)(.*)(.*)x$', 3],
  ['.*.*.*x', 4],
])('the time of %s grows to the power of %d', (pattern, power) => {
  new RegExp(pattern, 'u');
  const { why, longest } = patternDanger(pattern) ?? {};
  expect(why).toBe(`that grows with the length of the text to the power of ${String(power)}`);
  expect(longest).toBe(Math.floor(100_000_000 ** (1 / power)));
});

test.each([
  '\\d+',
  'foo',
  '[0-9]+(\\.[0-9]+)?',
  '^\\s+$',
  '^\\w+\\b',
  '^(?!\\s*$).+',
  '^[^@]+@[^@]+$',
  '^\\/(?:[^/]+\\/)*[^/]*$',
  '^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$',
  '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  `^(?:${Array.from({ length: 300 }, (_, index) => `country${String(index)}`).join('|')})$`,
  '^[a-z]+(-[a-z]+)*$',
  '^(\\d+,)*\\d+$',
  '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  '^(\\d{1,3}\\.){3}\\d{1,3}$',
  '^(?=.*\\d)(?=.*[a-z]).{8,}$',
  '^a.*$',
  '^.*$',
  '',
  '^(\\d{2}){3}$',
  '^(a|b|c)+$',
  '^("[^"]*"|[^",]*)(,("[^"]*"|[^",]*))*$',
  '^\\+?[1-9]\\d{1,14}$',
  '^(?:[^"\\\\]|\\\\.)*$',
  '^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$',
  '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?$',
  '^(?:Jan|Feb|Mar) \\d\\d?$',
  '^[^\\]\\-a]+$',
  '^(?<year>\\d{4})-(?<month>\\d\\d)$',
  '^\\u{1F600}+[\\t\\n\\cA\\0]$',
])('%s may not', (pattern) => {
  new RegExp(pattern, 'u');
  expect(patternDanger(pattern)).toBeUndefined();
});

test('a pattern that is too long to be judged is refused, and soon', () => {
  const started = performance.now();
  for (const pattern of [
    `^(${'[a-z]?'.repeat(1_500)}x)*$`,
    `^${'(?:a|[b-z])*,'.repeat(400)}$`,
    `${'('.repeat(4_900)}a*${')'.repeat(4_900)}`,
    'a'.repeat(20_000),
  ]) {
    expect(patternDanger(pattern)).toEqual({ why: 'it is too long to be judged', longest: 0 });
  }
  expect(patternDanger(`^(${'[a-z]?'.repeat(60)}x)*$`)).toMatchObject({ longest: 0 });
  expect(performance.now() - started).toBeLessThan(5_000);
});

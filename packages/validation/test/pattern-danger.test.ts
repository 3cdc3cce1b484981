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
  expect(patternDanger(pattern)).toEqual(expect.any(String));
});

test.each([
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
  expect(patternDanger(`^(${'[a-z]?'.repeat(300)}x)*$`)).toBe('it is too long to be judged');
  expect(patternDanger(`^(${'[a-z]?'.repeat(60)}x)*$`)).toEqual(expect.any(String));
  expect(performance.now() - started).toBeLessThan(5_000);
});

// What every format refuses, in the same words.

export function truncated(): Error {
  return new Error('the bytes end before the value does');
}

export function leftOver(bytes: number): Error {
  return new Error(`${String(bytes)} bytes are left over after the value`);
}

export function tooDeep(): Error {
  return new Error('it is nested deeper than maxDepth');
}

export function protoKey(): Error {
  return new Error('__proto__ is not accepted as a key');
}

export function notUtf8(): Error {
  return new Error('a string is not valid UTF-8');
}

import { ConfigurationError } from '@liberzmq/core';

/** What a serializer accepts, in both directions. */
export interface SerializerOptions {
  /**
   * How deep arrays, objects, maps and sets may be inside each other; a plain array of numbers is 1 deep. From 1 on; `Infinity`: as deep as the
   * stack allows.
   * @defaultValue 100, more than data has, and far less than the stack of whoever walks through it can take
   */
  maxDepth?: number;
  /**
   * The largest encoding of one value, in bytes. From 1 on; `Infinity`: no limit.
   * @defaultValue `Infinity`, since `maxMessageBytes` of the endpoint bounds the whole message already
   */
  maxBytes?: number;
}

/** Options with their defaults. @throws ConfigurationError BAD_OPTION */
export function checkOptions(name: string, options: SerializerOptions): Required<SerializerOptions> {
  checkKeys(name, options, ['maxDepth', 'maxBytes']);
  const { maxDepth = 100, maxBytes = Infinity } = options;
  checkLimit(name, 'maxDepth', maxDepth, 1);
  checkLimit(name, 'maxBytes', maxBytes, 1);
  return { maxDepth, maxBytes };
}

/** @throws ConfigurationError BAD_OPTION unless it is a whole number, from `least` on, or `Infinity`. */
function checkLimit(name: string, option: string, value: unknown, least: number): void {
  if (value === Infinity || (Number.isInteger(value) && (value as number) >= least)) return;
  throw badOption(`${name}: option ${option} must be a whole number from ${String(least)} on, or Infinity`);
}

/** @throws ConfigurationError BAD_OPTION if there is an option that there is not. */
export function checkKeys(name: string, options: object, known: readonly string[]): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badOption(`${name}: the options must be an object`);
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw badOption(`${name}: there is no option ${unknown}; there are ${known.join(', ')}`);
}

/** @throws RangeError if there are more bytes than one value may take. */
export function checkSize(byteLength: number, maxBytes: number, option = 'maxBytes'): void {
  if (byteLength > maxBytes)
    throw new RangeError(`it takes ${String(byteLength)} bytes, more than ${option}, ${String(maxBytes)}`);
}

function badOption(message: string): ConfigurationError {
  return new ConfigurationError('BAD_OPTION', message);
}

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
  const { maxDepth = 100, maxBytes = Infinity, ...others } = options;
  for (const [option, value] of Object.entries({ maxDepth, maxBytes })) {
    if (!(value === Infinity || (Number.isInteger(value) && value >= 1)))
      throw new ConfigurationError(
        'BAD_OPTION',
        `${name}: option ${option} must be a whole number from 1 on, or Infinity`,
      );
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new ConfigurationError(
      'BAD_OPTION',
      `${name}: there is no option ${unknown}; there are maxDepth and maxBytes`,
    );
  return { maxDepth, maxBytes };
}

/** @throws RangeError if there are more bytes than one value may take. */
export function checkSize(byteLength: number, maxBytes: number): void {
  if (byteLength > maxBytes)
    throw new RangeError(`it takes ${String(byteLength)} bytes, more than maxBytes, ${String(maxBytes)}`);
}

import { ConfigurationError } from '../errors/error-classes.js';

/** Says what is wrong with a value, or `undefined` if it will do. */
export type OptionCheck = (value: unknown) => string | undefined;

function check(accepts: (value: unknown) => boolean, wanted: string): OptionCheck {
  return (value) => (accepts(value) ? undefined : wanted);
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value);

/** The kinds of option that there are. */
export const option = {
  /** A duration in ms above 0; `Infinity` is allowed. */
  duration: check((value) => isNumber(value) && value > 0, 'a number of milliseconds above 0, or Infinity'),
  /** A duration in ms, 0 included; `Infinity` is allowed. */
  durationOrZero: check((value) => isNumber(value) && value >= 0, 'a number of milliseconds, 0 or more, or Infinity'),
  /** A whole number from 1 on; `Infinity` is allowed. */
  limit: check(
    (value) => isNumber(value) && value >= 1 && (Number.isInteger(value) || value === Infinity),
    'a whole number from 1 on, or Infinity',
  ),
  /** A whole number, 0 included; `Infinity` is allowed. */
  limitOrZero: check(
    (value) => isNumber(value) && value >= 0 && (Number.isInteger(value) || value === Infinity),
    'a whole number, 0 or more, or Infinity',
  ),
  /** A finite whole number of ms, 0 included, as libzmq takes it. */
  finiteDuration: check(
    (value) => isNumber(value) && Number.isInteger(value) && value >= 0 && value <= 0x7fff_ffff,
    'a whole number of milliseconds from 0 to 2147483647',
  ),
  /** A finite whole number of ms from 1 on, as libzmq takes it. */
  finiteDurationAboveZero: check(
    (value) => isNumber(value) && Number.isInteger(value) && value >= 1 && value <= 0x7fff_ffff,
    'a whole number of milliseconds from 1 to 2147483647',
  ),
  boolean: check((value) => typeof value === 'boolean', 'true or false'),
  string: check((value) => typeof value === 'string' && value !== '', 'a string that is not empty'),
  callback: check((value) => typeof value === 'function', 'a function'),
  object: check((value) => typeof value === 'object' && value !== null, 'an object'),
  strings: check(
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
    'an array of strings',
  ),
  record: check(isRecord, 'an object'),
  /** Small facts: an object whose values are strings. */
  headers: check(
    (value) =>
      isRecord(value) &&
      Object.entries(value).every(
        ([key, each]) => typeof each === 'string' && key === key.toLowerCase() && !key.startsWith('lz-'),
      ),
    "an object of strings with keys in lower case, none of which starts with 'lz-'",
  ),
  /** A handler's context, as far as a request made in it needs it. */
  context: check((value) => {
    const { deadline, signal } = (value ?? {}) as { deadline?: unknown; signal?: unknown };
    return isNumber(deadline) && isSignal(signal);
  }, "a handler's context"),
  signal: check((value) => value instanceof AbortSignal || isSignal(value), 'an AbortSignal'),
  /** Something that has these methods, as what is named has them. */
  having(named: string, ...methods: readonly string[]): OptionCheck {
    return check((value) => {
      const it = (value ?? {}) as Readonly<Record<string, unknown>>;
      return methods.every((method) => typeof it[method] === 'function');
    }, named);
  },
  oneOf(...values: readonly string[]): OptionCheck {
    return check((value) => values.includes(value as string), `one of ${values.map((each) => `'${each}'`).join(', ')}`);
  },
  any: () => undefined,
} satisfies Record<string, OptionCheck | ((first: string, ...more: readonly string[]) => OptionCheck)>;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A signal of another realm is not an instance of ours. */
function isSignal(value: unknown): boolean {
  const signal = value as Partial<AbortSignal> | null | undefined;
  return (
    typeof signal === 'object' &&
    signal !== null &&
    typeof signal.aborted === 'boolean' &&
    typeof signal.addEventListener === 'function'
  );
}

/**
 * Checks an options object against what is known of each option. An option that is `undefined` counts as left out.
 * @param where what the options are for, as the message says it: `Client`, `sendRequest`.
 * @throws ConfigurationError BAD_OPTION for an unknown key, a missing one, or a value that will not do.
 */
export function checkOptions(
  where: string,
  options: object,
  checks: Readonly<Record<string, OptionCheck>>,
  required: readonly string[] = [],
): void {
  if (typeof options !== 'object' || (options as unknown) === null || Array.isArray(options)) {
    throw badOption(`${where}: options must be an object, not ${describe(options)}`);
  }
  for (const [key, value] of Object.entries(options)) {
    const checkValue = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (checkValue === undefined) {
      throw badOption(`${where}: unknown option '${key}'; known are ${Object.keys(checks).join(', ')}`);
    }
    if (value === undefined) continue;
    const wanted = checkValue(value);
    if (wanted !== undefined) throw badOption(`${where}: option '${key}' must be ${wanted}, not ${describe(value)}`);
  }
  for (const key of required) {
    if ((options as Record<string, unknown>)[key] === undefined)
      throw badOption(`${where}: option '${key}' is missing`);
  }
}

/** An error that names what was set up wrongly. */
export function badOption(message: string): ConfigurationError {
  return new ConfigurationError('BAD_OPTION', message);
}

/** A value in a message: short, and telling a string from a number. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

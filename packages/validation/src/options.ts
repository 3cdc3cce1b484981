import { ConfigurationError } from '@liberzmq/core';

/** An error that names what was set up wrongly. */
export function badOption(message: string): ConfigurationError {
  return new ConfigurationError('BAD_OPTION', message);
}

/** @throws ConfigurationError BAD_OPTION unless it is an object with none but these keys. */
export function checkKeys(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badOption(`${where}: options must be an object`);
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw badOption(`${where}: unknown option '${unknown}'; known are ${known.join(', ')}`);
}

/** @throws ConfigurationError BAD_OPTION unless it is left out or one of these. */
export function checkOneOf(where: string, option: string, value: unknown, values: readonly unknown[]): void {
  if (value === undefined || values.includes(value)) return;
  const wanted = values.map((each) => (typeof each === 'string' ? `'${each}'` : String(each))).join(' or ');
  throw badOption(`${where}: option '${option}' must be ${wanted}`);
}

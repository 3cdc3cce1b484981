import { ValidationError, type Outcome, type ValidationIssue } from '@liberzmq/core';

const SHOWN = 3;

/** The error of data that a check has refused. @param what the data, for the message: `the data of 'add'`. */
export function validationError(
  code: 'INVALID_INPUT' | 'INVALID_OUTPUT',
  what: string,
  issues: readonly ValidationIssue[],
  outcome?: Outcome,
): ValidationError {
  const shown = issues.slice(0, SHOWN).map(({ path, message, received }) => {
    const where = path === '' ? message : `${path} ${message}`;
    return received === undefined || received === 'nothing' ? where : `${where}, not ${received}`;
  });
  if (issues.length > SHOWN) shown.push(`and ${String(issues.length - SHOWN)} more`);
  return new ValidationError(code, `${what} is not valid: ${shown.join('; ')}`, { details: { issues }, outcome });
}

import type { ActionHandler, RequestContext } from '@liberzmq/core';
import { validationError } from '../validation-error.js';
import type { Checked } from '../validator/checked.js';
import type { Validator } from '../validator/validator.js';

/**
 * Gives a handler the data of a request, once it has been checked. What need not wait does not.
 * @throws ValidationError INVALID_INPUT; what the handler throws
 */
export function handleChecked(
  validator: Validator,
  data: unknown,
  context: RequestContext,
  handler: ActionHandler,
): unknown {
  const check = validator.check(data);
  if (!(check instanceof Promise)) return handler(valueOf(check, context), context);
  return check.then((checked) => {
    // Its caller may have given up meanwhile.
    context.signal.throwIfAborted();
    return handler(valueOf(checked, context), context);
  });
}

function valueOf(checked: Checked<unknown>, { action }: RequestContext): unknown {
  if (checked.issues === undefined) return checked.value;
  throw validationError('INVALID_INPUT', `the data of '${action}'`, checked.issues);
}

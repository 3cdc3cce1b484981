import type { StandardSchemaV1 } from '../schema/standard-schema.js';
import { validatorOf } from '../validator/validator.js';

/** The check of an action that takes no data: nothing may come with it. Formats without `undefined` write `null`. */
export const NO_DATA = validatorOf<StandardSchemaV1<undefined>>({
  '~standard': {
    version: 1,
    vendor: 'liberzmq',
    validate: (value) =>
      value === undefined || value === null
        ? { value: undefined }
        : { issues: [{ message: 'must not be there: the action takes no data' }] },
  },
});

/** The check of an action that answers nothing: whatever a handler returns stays where it is. */
export const NO_RESULT = validatorOf<StandardSchemaV1<undefined>>({
  '~standard': { version: 1, vendor: 'liberzmq', validate: () => ({ value: undefined }) },
});

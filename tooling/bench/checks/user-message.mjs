import { createRequire } from 'node:module';
import { validatorOf } from '@liberzmq/validation';
import { Type } from 'typebox';

// They are CommonJS, and what an import of `ajv-formats` gives differs from one tool to the other.
const require = createRequire(import.meta.url);
const { Ajv } = /** @type {typeof import('ajv')} */ (require('ajv'));
const addFormats = /** @type {typeof import('ajv-formats').default} */ (require('ajv-formats'));

const UserMessage = Type.Object({
  user_id: Type.Integer(),
  username: Type.String({ minLength: 1 }),
  email: Type.String({ format: 'email' }),
  age: Type.Integer({ minimum: 0 }),
});

const valid = { user_id: 1, username: 'john_doe', email: 'john@example.com', age: 25 };
const invalid = { user_id: 'invalid', username: '', email: 'invalid', age: -1 };

/** What is checked. @type {Readonly<Record<string, unknown>>} */
export const VALUES = { valid, 'not valid': invalid };

/** The check of a user's message, by ours and by Ajv with all of its errors: each says what is wrong, or that nothing is. */
export function checks() {
  const validator = validatorOf(UserMessage);
  const ajv = new Ajv({ allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile(UserMessage);
  return {
    /** @param {unknown} value */
    ours: (value) => validator.check(value),
    /** @param {unknown} value */
    ajv: (value) => (validate(value) ? undefined : validate.errors),
  };
}

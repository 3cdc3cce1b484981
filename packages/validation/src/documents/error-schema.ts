import type { JsonSchema } from '../contract/json-form.js';

/** What a server answers where there is no result. */
export const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Why there is no result.',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'For programs.', examples: ['INVALID_INPUT'] },
    message: { type: 'string', description: 'For people.' },
    retryable: { type: 'boolean', description: 'Whether it may succeed when it is tried again.' },
    details: {
      type: 'object',
      properties: {
        issues: {
          type: 'array',
          description: 'What is wrong with the data, and where.',
          items: {
            type: 'object',
            required: ['path', 'message'],
            properties: {
              path: { type: 'string', description: 'A JSON pointer into the data.' },
              message: { type: 'string' },
              expected: { type: 'string' },
              received: { type: 'string' },
            },
          },
        },
      },
    },
  },
};

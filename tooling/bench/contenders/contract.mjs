import { defineContract } from '@liberzmq/validation';
import { Type } from 'typebox';

const Small = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  unit: Type.String(),
  values: Type.Array(Type.Number()),
  at: Type.Integer(),
  tags: Type.Array(Type.String()),
});

/** What both ends of a contender know that checks the small payload. */
export const contract = defineContract({
  version: '1.0.0',
  actions: { echo: { request: Small, response: Small } },
  topics: { measure: { message: Small } },
  tasks: { measure: { data: Small } },
});

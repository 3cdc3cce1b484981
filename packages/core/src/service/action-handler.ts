import type { RequestContext } from './handler-context.js';

/** What runs an action. What it returns, or resolves with, is the result; what it throws is the caller's error. */
export type ActionHandler = (data: unknown, context: RequestContext) => unknown;

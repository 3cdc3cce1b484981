export { Backoff, type BackoffOptions } from './backoff.js';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.js';

/**
 * What is measured: a pattern in one way of writing it. Its two ends run in two processes, each of which loads the contender for itself.
 *
 * `Setup` are the options that a scenario wants of it. One that has no use for an option ignores it.
 *
 * @typedef {object} Setup
 * @property {boolean} [batch] whether ours puts several messages into one; where it is an option
 * @property {boolean} [features] whether ours has everything switched on that can be
 * @property {number} [passingOn] how many middlewares ours has at each end that pass messages on as they are, in both directions
 * @property {boolean} [prefetchesAll] whether tasks of ours may fill the connection, at both ends
 * @property {string} [serializer] the format of ours, instead of JSON
 * @property {number} [servers] how many servers there are, where they are asked in turn; 1 if left out
 * @property {boolean} [idempotent] whether requests of ours may be run twice
 * @property {object} [outbox] limits and policy of our outbox
 * @property {number} [marks] the high-water marks of a plain socket
 * @property {readonly string[]} without options of ours that this build is not to be given
 */

/**
 * @typedef {object} RequestContender
 * @property {(setup: Setup) => Promise<{ address: string, close: () => Promise<void> }>} serve
 * @property {(address: string, setup: Setup) => Promise<Requesting>} connect
 */

/** @typedef {{ request: (data: unknown) => Promise<unknown>, close: () => Promise<void> }} Requesting */

/**
 * @typedef {object} OneWayContender
 * @property {(setup: Setup) => Promise<Sending>} bind
 * @property {(address: string, onData: (data: unknown) => void, setup: Setup) => Promise<{ close: () => Promise<void> }>} connect
 */

/** @typedef {{ address: string, send: (data: unknown) => Promise<unknown>, ready: () => Promise<void>, close: () => Promise<void> }} Sending */

/**
 * Each is loaded only in the processes that need it.
 *
 * @satisfies {Record<string, () => Promise<RequestContender>>}
 */
export const REQUEST_CONTENDERS = {
  ours: async () => (await import('./ours-request.mjs')).oursRequest,
  dealer: async () => (await import('./raw-dealer.mjs')).rawDealer,
  req: async () => (await import('./raw-req.mjs')).rawReq,
  balanced: async () => (await import('./ours-balanced.mjs')).balanced,
  inTurn: async () => (await import('./ours-balanced.mjs')).inTurn,
  contract: async () => (await import('./ours-contract.mjs')).contractRequest,
};

/** @satisfies {Record<string, () => Promise<OneWayContender>>} */
export const ONE_WAY_CONTENDERS = {
  oursPush: async () => (await import('./ours-push.mjs')).oursPush,
  oursPublish: async () => (await import('./ours-publish.mjs')).oursPublish,
  rawPush: async () => (await import('./raw-push.mjs')).rawPush,
  rawPushQueue: async () => (await import('./raw-push.mjs')).rawPushQueue,
  rawPublish: async () => (await import('./raw-publish.mjs')).rawPublish,
  contractPush: async () => (await import('./ours-contract.mjs')).contractPush,
  contractPublish: async () => (await import('./ours-contract.mjs')).contractPublish,
  rawPublishQueue: async () => (await import('./raw-publish.mjs')).rawPublishQueue,
};

/** @typedef {keyof typeof REQUEST_CONTENDERS} RequestName */
/** @typedef {keyof typeof ONE_WAY_CONTENDERS} OneWayName */

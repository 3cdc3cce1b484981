/**
 * All that one run has found out, as it is written to `results.json`.
 *
 * @typedef {{ machine: Machine, settings: import('../scenarios/scenario.mjs').Settings, scenarios: Record<string, import('../scenarios/scenario.mjs').Findings> }} Results
 */

/** @typedef {{ cores: number, platform: string, node: string, zeromq: string, libzmq: string, date: string }} Machine */

/**
 * What all scenarios found of one kind, in their order.
 *
 * @template {keyof import('../scenarios/scenario.mjs').Findings} Kind
 * @param {Results} results
 * @param {Kind} kind
 * @returns {NonNullable<import('../scenarios/scenario.mjs').Findings[Kind]>}
 */
export function all({ scenarios }, kind) {
  return /** @type {any} */ (Object.values(scenarios).flatMap((findings) => /** @type {any} */ (findings[kind]) ?? []));
}

import { duration } from './format.mjs';

/** @typedef {import('../observe/tracing.mjs').Span} Span */

/**
 * One trace as a tree, a line for each span: the one that goes through most processes.
 *
 * @param {readonly Span[]} spans of all processes
 * @returns {string[]}
 */
export function traceTree(spans) {
  /** @type {Map<string, Span[]>} */
  const traces = new Map();
  for (const span of spans) traces.set(span.trace, [...(traces.get(span.trace) ?? []), span]);
  const [chosen = []] = [...traces.values()].sort((a, b) => processes(b) - processes(a) || b.length - a.length);
  const ids = new Set(chosen.map(({ id }) => id));
  const roots = chosen.filter(({ parent }) => parent === undefined || !ids.has(parent));
  return byStart(roots).flatMap((root) => branch(root, chosen, root.startMs, 0));
}

/**
 * @param {Span} span
 * @param {readonly Span[]} all
 * @param {number} since
 * @param {number} depth
 * @returns {string[]}
 */
function branch(span, all, since, depth) {
  const { kind, name, process, durationMs, startMs, error } = span;
  const what = `${'  '.repeat(depth)}${name} (${kind.toLowerCase()})`;
  const when = `+${duration(Math.max(0, startMs - since))}`;
  const line = `${what.padEnd(44)} ${process.padEnd(10)} ${when.padStart(9)} ${duration(durationMs).padStart(9)}${error ? ` ${error}` : ''}`;
  const children = all.filter(({ parent }) => parent === span.id);
  return [line, ...byStart(children).flatMap((child) => branch(child, all, since, depth + 1))];
}

/** @param {readonly Span[]} spans */
function byStart(spans) {
  return [...spans].sort((a, b) => a.startMs - b.startMs);
}

/** @param {readonly Span[]} spans */
function processes(spans) {
  return new Set(spans.map(({ process }) => process)).size;
}

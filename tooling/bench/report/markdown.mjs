import { MEMORY_BEYOND_LIMIT_MIB, POOL_HEAP_GROWTH_MIB } from '../targets.mjs';
import { circumstances } from './machine.mjs';
import { all } from './results.mjs';
import { tables } from './tables.mjs';

/**
 * The page of the results.
 *
 * @param {import('./results.mjs').Results} results
 * @param {readonly { file: string, title: string }[]} charts
 */
export function page(results, charts) {
  const lost = all(results, 'losses');
  return `# Benchmarks

\`@liberzmq/core\` beside plain \`zeromq\` written as its documentation shows, measured in the same run. This page is written by \`npm run bench\`; the raw figures
are in [results.json](results.json).

**Measured on:** ${circumstances(results)}

${charts.map(({ file, title }) => `![${title}](${file})`).join('\n\n')}

${tables(results)
  .map((table) => `## ${table.title}\n\n${markdownTable(table)}`)
  .join('\n\n')}

${lost.length > 0 ? lost.map((line) => `- ${line}`).join('\n') : 'No message was lost in any of the measurements.'}

## What is measured

- Sender and receiver are processes of their own, connected over loopback TCP. Messages are the same on both sides: an object of 100 bytes of JSON, one of 10 KB, or a
  Buffer of 1 MB. JSON is written and read on both sides, as a user of the library would get it.
- **Ours** goes through the public API: \`Client.sendRequest\` with its time limit and \`Server.registerHandler\`, \`publish\`, \`pushTask\` with \`batch: true\`.
- **Raw** sends one multipart message for each request, publication or task. Request and reply: DEALER and ROUTER, an id frame, and one send queue, since a socket takes one
  \`send\` at a time; REQ and REP where there is one request at a time. PUSH and PULL: each send awaited; behind a send queue; and with larger high-water marks. PUB and SUB: set
  to refuse what is above the mark instead of dropping it, and asked again. Where there are several ways, ours is held against the fastest of them, unless the table says otherwise.
- **One-way messages** are counted where they arrive, decoded. A caller either awaits each call, or fires many and awaits them together.
- **Encoding and decoding**: one value again and again, without sockets; each round of each value is a process of its own. Ours is the serializer by its name; bare is the library
  that does the work in it, the same build with the same options. The two take turns of a thirtieth of a second. In some processes V8 leaves a library uncompiled, which makes it several
  times as slow and hides what ours adds: only rounds count in which bare took at most half as much again as in its fastest one. How many those were stands in the table.
- **All features on**: a middleware in both directions on both sides, headers, a signal, a deadline and a checksum. Off: plain calls.
- **Checked at both ends**: senders, receivers and handlers share a contract, so that requests, results, publications and tasks are checked by their schemas where they are
  sent and where they arrive. Not checked: the same without one. The check of a user's message (four fields, one of them an e-mail address) is compiled by TypeBox in ours, and
  by Ajv beside it, with all of its errors.
- **Pools**: ten plain objects are lent and given back, nothing is done with them in between. One caller takes one after the other; or 1,000 callers do so at the same time, and
  most of them wait. Each round of each pool is a process of its own. A pool has ten at least and at most, and else what it has by default: ours and tarn limit how long one
  may wait, generic-pool does not. Ours is held against the faster of the two. Its heap, after garbage collection, is looked at when a tenth has been lent of all that will be
  (10,000,000 times, with \`--quick\` 1,000,000), and at the end; it may grow by ${POOL_HEAP_GROWTH_MIB} MiB in between.
- **Balancer**: requests that all succeed, on one machine. Beside a plain client there is one server, so that the difference is what the balancer itself does. More servers share what is under way, so that less travels
  together: they are held against a client for each, asked in turn.
- **Memory**: the sender sends flat out, the receiver is stopped by a signal (SIGSTOP) and goes on later. The resident memory of the sender may grow by the limit of its
  outbox and ${MEMORY_BEYOND_LIMIT_MIB} MiB.

## How to read it

Machines differ, and so do moments: **the ratio is what counts**, not the figure a second. All that are compared take turns in each round, in the other order each time, so that whatever
else the machine does meets all of them. A ratio is that of the medians over all rounds; beside it stand the lowest and the highest ratio of a single round. When those lie far
apart, the machine was busy: run it again. For rates more is better; for times and memory less is.

Rates fall with what a handler does. If yours takes a millisecond, none of this matters.

## Run it yourself

\`\`\`sh
npm run bench                             # everything, and writes this page
npm run bench -- --quick                  # less exact, done in a good minute
npm run bench -- --scenario request,push  # only these; --list tells their names
npm run bench -- --help
\`\`\`
`;
}

/** @param {import('./tables.mjs').Table} table */
export function markdownTable({ header, rows, textColumns }) {
  const rule = header.map((_, column) => (column < textColumns ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

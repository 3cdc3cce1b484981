import { callTogether, create, MANY, ONE, PORTION, SIZE } from './callers.mjs';
import { CONTENDERS } from './contenders.mjs';

const MIB = 1024 * 1024;

/** When the heap of ours is looked at: after so many leases. They go to one caller and to many in turn. Runs with `--expose-gc`. */
const stops = process.argv.slice(2).map(Number);
const { gc } = globalThis;
if (!gc) throw new Error('this needs --expose-gc');

const [ours] = CONTENDERS;
const pool = await ours.open(SIZE, create);
const heaps = [];
let leases = 0;
for (const stop of stops) {
  for (; leases < stop; leases += PORTION) await callTogether(pool, (leases / PORTION) % 2 === 0 ? ONE : MANY);
  await gc({ type: 'major', execution: 'async' });
  heaps.push(process.memoryUsage().heapUsed / MIB);
}
process.stdout.write(JSON.stringify(heaps));
await pool.close();

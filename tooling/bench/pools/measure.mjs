import { callTogether, create, rate, SIZE } from './callers.mjs';
import { CONTENDERS } from './contenders.mjs';

/** One round of one pool, in a process of its own: what V8 has learnt from another one must not decide. */
const [name, ...numbers] = process.argv.slice(2);
const [callers = NaN, measureMs = NaN, warmUpMs = NaN] = numbers.map(Number);
const contender = CONTENDERS.find((each) => each.name === name);
if (!contender) throw new Error(`there is no pool '${name}'`);

const pool = await contender.open(SIZE, create);
const portion = () => callTogether(pool, callers);
await rate(portion, warmUpMs);
process.stdout.write(JSON.stringify(await rate(portion, measureMs)));
await pool.close();

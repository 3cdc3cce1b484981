import { Puller, Pusher } from '@liberzmq/core';
import { typedClient, typedPuller, typedPusher } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { confidenceInterval } from '../data/jobs.mjs';
import { watchBalancer } from '../observe/balancer.mjs';
import { balancedServers } from './balanced-servers.mjs';
import { play } from './role.mjs';

// In the end nothing is left to do; when the demo is interrupted, nobody takes the results any more.
const CLOSE_MS = 1_000;

/** @typedef {{ name: string, tasks: string, results: string, servers: import('./balanced-servers.mjs').Member[] }} Options */

/** Works on jobs, one at a time, asks a server about the airport, and sends the results back. */
await play(async (/** @type {Options} */ { name, tasks, results, servers }, runner) => {
  let done = 0;
  runner.showsProgress(() => ({ done }));

  const sender = new Pusher({ address: results, bind: false }).addMiddleware(runner.tracing);
  const puller = new Puller({ address: tasks }).addMiddleware(runner.tracing);
  const balancer = balancedServers(servers, runner.tracing);
  const balance = watchBalancer(balancer);
  const client = typedClient(balancer, contract);
  const resultSender = typedPusher(sender, contract);
  typedPuller(puller, contract).registerTaskHandler('confidence', async (task, context) => {
    const interval = confidenceInterval(task.data);
    const [airport] = task.id.split(' ');
    const seen = await client.summary(`flights.${airport}`, { context });
    await resultSender.pushTask('result', { id: task.id, worker: name, interval, seen: seen?.count ?? 0 });
    done += 1;
  });
  try {
    await Promise.all([sender.connect(), balancer.connect({ signal: runner.signal })]);
    await puller.startWorker();
    await runner.stopped();
  } finally {
    await puller.close({ timeoutMs: CLOSE_MS });
    await sender.close({ timeoutMs: CLOSE_MS });
    await client.close({ timeoutMs: CLOSE_MS });
  }
  return { done, balance: balance() };
});

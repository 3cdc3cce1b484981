import { Puller, Pusher } from '@liberzmq/core';
import { typedPuller, typedPusher } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { confidenceInterval } from '../data/jobs.mjs';
import { play } from './role.mjs';

// In the end nothing is left to do; when the demo is interrupted, nobody takes the results any more.
const CLOSE_MS = 1_000;

/** Works on jobs, one at a time, and sends the results back. */
await play(async (/** @type {{ name: string, tasks: string, results: string }} */ { name, tasks, results }, runner) => {
  let done = 0;
  runner.showsProgress(() => ({ done }));

  const sender = new Pusher({ address: results, bind: false });
  const puller = new Puller({ address: tasks });
  const resultSender = typedPusher(sender, contract);
  typedPuller(puller, contract).registerTaskHandler('confidence', async (task) => {
    const interval = confidenceInterval(task.data);
    await resultSender.pushTask('result', { id: task.id, worker: name, interval });
    done += 1;
  });
  try {
    await sender.connect();
    await puller.startWorker();
    await runner.stopped();
  } finally {
    await puller.close({ timeoutMs: CLOSE_MS });
    await sender.close({ timeoutMs: CLOSE_MS });
  }
  return { done };
});

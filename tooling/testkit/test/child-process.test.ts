import { describe, expect, it } from '@jest/globals';
import { startNode } from '@liberzmq-tooling/testkit';

/** Answers each line with what it says, until its input ends. */
const ECHO = `
  import { createInterface } from 'node:readline';
  console.log(JSON.stringify({ args: process.argv.slice(2), marked: process.env.MARK }));
  for await (const line of createInterface({ input: process.stdin })) console.log(line);
`;

describe('a child process', () => {
  it('gets arguments and an environment, and exchanges lines of JSON', async () => {
    await using child = startNode({ code: ECHO }, { args: ['--one', '二'], env: { MARK: 'x' } });
    expect(await child.lines.nextLine()).toEqual({ args: ['--one', '二'], marked: 'x' });
    const text = '文'.repeat(100_000);
    child.send({ n: 1, text });
    child.send({ n: 2, text: 'a\u2028b\nc' });
    expect(await child.lines.nextLines(2)).toEqual([
      { n: 1, text },
      { n: 2, text: 'a\u2028b\nc' },
    ]);
  });

  it('tells how it ended, and gives its lines after that', async () => {
    await using child = startNode({
      code: `console.log('{"n":1}\\n{"n":2}'); console.error('oh'); process.exitCode = 3;`,
    });
    expect(await child.exitCode).toBe(3);
    expect(await child.ended).toEqual({ code: 3, signal: null, stderr: 'oh\n' });
    const lines = [];
    for await (const line of child.lines) lines.push(line);
    expect(lines).toEqual([{ n: 1 }, { n: 2 }]);
    await expect(child.lines.nextLine()).rejects.toThrow(/ended with code 3, and said:\noh/);
  });

  it('is waited for no longer than was said', async () => {
    await using child = startNode({ code: ECHO });
    await child.lines.nextLine();
    await expect(child.lines.nextLine({ timeoutMs: 20 })).rejects.toThrow('no line came within 20 ms from node --eval');
  });

  it('fails a wait by what is no JSON object', async () => {
    await using child = startNode({ code: `console.log('hello')` });
    await expect(child.lines.nextLine()).rejects.toThrow('"hello" is no JSON object');
  });

  it('is ended by force if it does not obey', async () => {
    const child = startNode({
      code: `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('{}');`,
    });
    await child.lines.nextLine();
    expect(await child.stop()).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(await child.stop()).toMatchObject({ signal: 'SIGKILL' });
  });

  it('does not live longer than it may', async () => {
    const child = startNode({ code: `setInterval(() => {}, 1000)` }, { lifetimeMs: 100 });
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('that cannot be started has ended', async () => {
    const child = startNode({ code: '' }, { cwd: '/does/not/exist' });
    expect(await child.ended).toMatchObject({ stderr: expect.stringContaining('ENOENT') });
    await expect(child.lines.nextLine()).rejects.toThrow('ENOENT');
    await child.stop();
  });
});

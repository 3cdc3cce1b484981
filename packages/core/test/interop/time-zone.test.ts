import { expect, it } from '@jest/globals';
import { Client } from '@liberzmq/core';
import { describeWithPython, startPython } from '@liberzmq-tooling/testkit';
import { useTimeZone } from '../unit/time-zone.js';
import { ECHO_CHECKED_BY_PYTHON, expectSamplesFromPython } from './samples.js';

const ZONE = 'Asia/Shanghai';

describeWithPython('far from Greenwich', () => {
  useTimeZone(ZONE);

  it('a datetime and a date without a zone are the same moment on both sides', async () => {
    expect(new Date(2024, 4, 6).getTimezoneOffset()).toBe(-480);
    await using server = await startPython(new URL('./python/rep.py', import.meta.url), [], { TZ: ZONE });
    await using client = new Client({ dialect: 'classic', address: server.address, timeoutMs: 10_000 });
    const samples = await client.sendRequest('samples');
    expectSamplesFromPython(samples);
    expect(samples).toMatchObject({ naive: new Date('2024-05-06T04:30:15.123Z'), date: new Date('2024-05-05T16:00Z') });
    expect(await client.sendRequest('check echo', samples)).toEqual(ECHO_CHECKED_BY_PYTHON);
  });
});

import { expect, it } from '@jest/globals';
import { Dealer } from '@liberzmq/core';
import { describeWithPython, type PythonPeer } from '@liberzmq-tooling/testkit';
import { upTo } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { CHECKED_BY_PYTHON, expectSamplesFromPython, FROM_NODE } from './samples.js';

const WAIT = { timeoutMs: 10_000 };

function dealerOf(router: PythonPeer, identity?: string): Dealer {
  return new Dealer({ dialect: 'classic', address: router.address, identity });
}

describeWithPython("our Dealer and Python's ROUTER", () => {
  it('is known there by its identity, and gets its response', async () => {
    await using router = await startPeer('router');
    await using dealer = dealerOf(router, '经销商-1');
    const requestId = await dealer.sendRequest({ do: 'echo', value: '你好' });
    expect(await dealer.receiveResponse(WAIT)).toEqual({ requestId, data: { client: '经销商-1', echo: '你好' } });
  });

  it('has an identity that Python can decode without being given one', async () => {
    await using router = await startPeer('router');
    await using dealer = dealerOf(router);
    const requestId = await dealer.sendRequest({ do: 'echo', value: 1 });
    expect(await dealer.receiveResponse(WAIT)).toEqual({ requestId, data: { client: dealer.identity, echo: 1 } });
  });

  it('gets responses in any order, each under the id of its request', async () => {
    await using router = await startPeer('router');
    await using dealer = dealerOf(router);
    const ids = await Promise.all([0, 1, 2].map((n) => dealer.sendRequest({ do: 'hold', n, until: 3 })));
    for (const n of [2, 1, 0]) expect(await dealer.receiveResponse(WAIT)).toEqual({ requestId: ids[n], data: { n } });
  });

  it('gets any number of responses to one request', async () => {
    await using router = await startPeer('router');
    await using dealer = dealerOf(router);
    const requestId = await dealer.sendRequest({ do: 'often', times: 50 });
    for (const n of upTo(50)) expect(await dealer.receiveResponse(WAIT)).toEqual({ requestId, data: { n } });
  });

  it('gets its own responses where several dealers talk to one router', async () => {
    await using router = await startPeer('router');
    await using first = dealerOf(router, '甲');
    await using second = dealerOf(router, '乙');
    const ids = [
      await first.sendRequest({ do: 'hold', n: 1, until: 2 }),
      await second.sendRequest({ do: 'hold', n: 2, until: 2 }),
    ];
    expect(ids).toEqual(['甲-1', '乙-1']);
    expect(await first.receiveResponse(WAIT)).toEqual({ requestId: ids[0], data: { n: 1 } });
    expect(await second.receiveResponse(WAIT)).toEqual({ requestId: ids[1], data: { n: 2 } });
  });

  it('exchanges every value', async () => {
    await using router = await startPeer('router');
    await using dealer = dealerOf(router);
    await dealer.sendRequest({ do: 'check samples', value: FROM_NODE });
    expect((await dealer.receiveResponse(WAIT)).data).toEqual(CHECKED_BY_PYTHON);
    await dealer.sendRequest({ do: 'samples' });
    const { data } = await dealer.receiveResponse(WAIT);
    expectSamplesFromPython(data);
  });
});

import { expect, it } from '@jest/globals';
import { Client, Dealer, Puller, Router, Server, Subscriber } from '@liberzmq/core';
import { describeWithPython } from '@liberzmq-tooling/testkit';
import { startPeer } from './peer.js';

const WAIT = { timeoutMs: 10_000 };

/** Says what it is, where it comes from, and what to do about it. */
const REFUSAL = /Python pickle.*'binary'.*refused.*serializer='json'/;

/** The two forms of Python's `binary`. */
const FORMS = [{ compress: false }, { compress: true }];

interface ReportsMalformed {
  on(type: 'malformed', listener: (event: { readonly message: string }) => void): unknown;
}

/** What the endpoint reports as malformed from now on. */
function malformedAt(endpoint: ReportsMalformed): string[] {
  const messages: string[] = [];
  endpoint.on('malformed', ({ message }) => messages.push(message));
  return messages;
}

const REFUSALS = FORMS.map(() => expect.stringMatching(REFUSAL));
const COUNTS = { drops: { malformed: FORMS.length }, errors: { DECODE: FORMS.length } };

describeWithPython("Python's binary is refused, and the next message arrives", () => {
  it('by a Server, which answers, so that a REQ does not wait for ever', async () => {
    await using server = new Server({ address: 'tcp://127.0.0.1:*' });
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const malformed = malformedAt(server);
    await using client = await startPeer('req', server.boundAddress!);
    for (const form of FORMS) {
      client.send({ do: 'pickle', ...form });
      expect(await client.lines.nextLine()).toEqual({
        reply: {
          status: 'error',
          code: 'DECODE',
          message: expect.stringMatching(REFUSAL),
          request_type: 'unknown',
          retryable: false,
        },
      });
    }
    client.send({ do: 'request', type: 'echo', data: '下一个' });
    expect(await client.lines.nextLine()).toEqual({ reply: '下一个' });
    expect(malformed).toEqual(REFUSALS);
    expect(server.stats()).toMatchObject(COUNTS);
  });

  it('by a Server, for a DEALER as well', async () => {
    await using server = await new Server({ address: 'tcp://127.0.0.1:*' }).startServer();
    await using dealer = await startPeer('dealer', server.boundAddress!, 'd');
    dealer.send({ do: 'pickle', compress: false });
    dealer.send({ do: 'receive', count: 1 });
    expect(await dealer.lines.nextLines(2)).toEqual([
      { sent: 'd-1' },
      { id: 'd-1', data: expect.objectContaining({ status: 'error', code: 'DECODE' }) },
    ]);
  });

  it('by a Client, as the failure of the request', async () => {
    await using server = await startPeer('rep');
    await using client = new Client({ dialect: 'classic', address: server.address, ...WAIT });
    const malformed = malformedAt(client);
    for (const form of FORMS) {
      await expect(client.sendRequest('pickled', form)).rejects.toMatchObject({
        name: 'SerializationError',
        code: 'DECODE',
        message: expect.stringMatching(REFUSAL),
      });
    }
    expect(await client.sendRequest('echo', '下一个')).toBe('下一个');
    expect(malformed).toEqual(REFUSALS);
    expect(client.stats()).toMatchObject(COUNTS);
  });

  it('by a Client in a handler, which is no fault of who asked', async () => {
    await using python = await startPeer('rep');
    await using client = new Client({ dialect: 'classic', address: python.address, ...WAIT });
    await using server = new Server({ address: 'tcp://127.0.0.1:*' });
    server.registerHandler('relay', () => client.sendRequest('pickled', { compress: false }));
    await server.startServer();
    const malformed = malformedAt(server);
    await using caller = await startPeer('req', server.boundAddress!);
    caller.send({ do: 'request', type: 'relay' });
    expect(await caller.lines.nextLine()).toMatchObject({
      reply: { status: 'error', code: 'DECODE', message: expect.stringMatching(REFUSAL), request_type: 'relay' },
    });
    expect(malformed).toEqual([]);
    expect(server.stats()).toMatchObject({ drops: {}, errors: { DECODE: 1 } });
  });

  it('by a Subscriber', async () => {
    await using publisher = await startPeer('pub');
    await using subscriber = new Subscriber({ address: publisher.address });
    const malformed = malformedAt(subscriber);
    // Until something arrives, it is not known that the publisher knows of the subscription.
    let probe: unknown;
    while (probe === undefined) {
      publisher.send({ do: 'publish', topic: 'probe', message: null });
      probe = await subscriber.receiveMessage({ timeoutMs: 100 }).catch(() => undefined);
    }
    for (const form of FORMS) publisher.send({ do: 'pickle', topic: 'topic', ...form });
    publisher.send({ do: 'publish', topic: 'topic', message: '下一个' });
    let received;
    do received = await subscriber.receiveMessage(WAIT);
    while (received.topic === 'probe');
    expect(received).toEqual({ topic: 'topic', message: '下一个' });
    expect(malformed).toEqual(REFUSALS);
    expect(subscriber.stats()).toMatchObject(COUNTS);
  });

  it('by a Puller', async () => {
    await using pusher = await startPeer('push');
    await using puller = new Puller({ address: pusher.address });
    const malformed = malformedAt(puller);
    for (const form of FORMS) pusher.send({ do: 'pickle', ...form });
    pusher.send({ do: 'simple', data: '下一个' });
    expect(await puller.pullSimple(WAIT)).toBe('下一个');
    expect(malformed).toEqual(REFUSALS);
    expect(puller.stats()).toMatchObject(COUNTS);
  });

  it('by a Router', async () => {
    await using router = await new Router({ address: 'tcp://127.0.0.1:*' }).connect();
    const malformed = malformedAt(router);
    await using dealer = await startPeer('dealer', router.boundAddress!, 'd');
    for (const form of FORMS) dealer.send({ do: 'pickle', ...form });
    dealer.send({ do: 'send', data: '下一个' });
    expect(await router.receiveRequest(WAIT)).toMatchObject({ requestId: 'd-3', data: '下一个' });
    expect(malformed).toEqual(REFUSALS);
    expect(router.stats()).toMatchObject(COUNTS);
  });

  it('by a Dealer', async () => {
    await using router = await startPeer('router');
    await using dealer = new Dealer({ dialect: 'classic', address: router.address });
    const malformed = malformedAt(dealer);
    for (const form of FORMS) await dealer.sendRequest({ do: 'pickle', ...form });
    const requestId = await dealer.sendRequest({ do: 'often', times: 1 });
    expect(await dealer.receiveResponse(WAIT)).toEqual({ requestId, data: { n: 0 } });
    expect(malformed).toEqual(REFUSALS);
    expect(dealer.stats()).toMatchObject(COUNTS);
  });
});

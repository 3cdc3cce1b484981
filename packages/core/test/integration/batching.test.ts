import { describe, expect, it } from '@jest/globals';
import {
  Client,
  Publisher,
  Puller,
  Pusher,
  Server,
  Subscriber,
  type ActionHandler,
  type PublisherOptions,
  type PusherOptions,
} from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import { Dealer as PlainDealer, Pull as PlainPull, Router as PlainRouter, Subscriber as PlainSub } from 'zeromq';
import { KIND } from '../../src/wire/native/format.js';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { PacketWriter } from '../../src/wire/native/packet-writer.js';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

const MEBIBYTE = 2 ** 20;
const PACKET_BYTES = 64 * 1_024;

async function serve(handlers: Readonly<Record<string, ActionHandler>>): Promise<Server> {
  const server = keep(new Server({ address: ANY_PORT }));
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  return server.startServer();
}

interface Packet {
  /** Messages in it: what is about the connection does not count. */
  readonly messages: number;
  readonly bytes: number;
}

/** A plain socket that shows how messages travel. */
interface Witness {
  receive(): Promise<Buffer[]>;
  close(): void;
}

/** Who sends one kind of message, and a plain socket that gets it. */
interface Sending {
  readonly witness: Witness;
  /** Frames that stand before a packet. */
  readonly first: number;
  send(n: number, body: string): Promise<unknown>;
  /** Messages that it has handed over. */
  sent(): number;
}

const SENDERS: Readonly<Record<string, () => Promise<Sending>>> = {
  async Publisher() {
    const publisher = keep(await new Publisher({ address: ANY_PORT }).connect());
    const witness = new PlainSub({ linger: 0, receiveTimeout: 5_000, receiveHighWaterMark: 0 });
    witness.connect(addressOf(publisher));
    witness.subscribe('t');
    await publisher.waitForSubscribers({ topic: 't' });
    return {
      ...{ witness, first: 1, send: (n, body) => publisher.publish('t', { n, body }) },
      sent: () => publisher.stats().sent.messages,
    };
  },
  async Pusher() {
    const pusher = keep(await new Pusher({ address: ANY_PORT, batch: true }).connect());
    const witness = new PlainPull({ linger: 0, receiveTimeout: 5_000, receiveHighWaterMark: 0 });
    witness.connect(addressOf(pusher));
    await pusher.connect({ waitForConnection: true });
    return {
      ...{ witness, first: 0, send: (n, body) => pusher.pushTask('t', { n, body }) },
      sent: () => pusher.stats().sent.messages,
    };
  },
  async Client() {
    const witness = new PlainRouter({ linger: 0, receiveTimeout: 5_000, receiveHighWaterMark: 0 });
    await witness.bind(ANY_PORT);
    const client = keep(new Client({ address: witness.lastEndpoint!, pingIntervalMs: Infinity }));
    await client.connect({ waitForConnection: true });
    return {
      ...{ witness, first: 1 },
      send: (n, body) => client.sendRequest('a', { n, body }, { timeoutMs: Infinity }).catch(() => undefined),
      sent: () => client.stats().sent.messages,
    };
  },
};

/** The packets in which so many messages come. */
async function packetsOf({ witness, first }: Sending, messages: number): Promise<Packet[]> {
  const packets: Packet[] = [];
  for (let left = messages; left > 0;) {
    const frames = await witness.receive();
    const { records } = readPacket(frames, first);
    const own = records.filter(({ kind }) => kind === KIND.message || kind === KIND.task || kind === KIND.request);
    const bytes = frames.slice(first).reduce((sum, { length }) => sum + length, 0);
    if (own.length > 0) packets.push({ messages: own.length, bytes });
    left -= own.length;
  }
  return packets;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe.each(Object.keys(SENDERS))('what a %s sends', (name) => {
  const together = { Client: 64, Pusher: 512 }[name] ?? 256;

  it('in one turn travels together, so many to a packet', async () => {
    const sending = await SENDERS[name]!();
    try {
      for (const n of upTo(1_000)) void sending.send(n, '');
      const packets = await packetsOf(sending, 1_000);
      const least = Math.ceil(1_000 / together);
      expect(packets.length).toBeLessThanOrEqual(least + 2);
      // What was encoded together stays together.
      expect(Math.max(...packets.map(({ messages }) => messages))).toBeLessThan(2 * together);
    } finally {
      sending.witness.close();
    }
  });

  it('is bounded by bytes as well', async () => {
    const sending = await SENDERS[name]!();
    try {
      const body = 'x'.repeat(3_000);
      for (const n of upTo(500)) void sending.send(n, body);
      const packets = await packetsOf(sending, 500);
      for (const { bytes } of packets) expect(bytes).toBeLessThan(2 * PACKET_BYTES);
      expect(packets.length).toBeLessThanOrEqual(Math.ceil((500 * 3_100) / PACKET_BYTES) + 2);
    } finally {
      sending.witness.close();
    }
  });

  it('and is large has a packet to itself, and stays in its place', async () => {
    const sending = await SENDERS[name]!();
    try {
      for (const n of upTo(9)) void sending.send(n, n % 3 === 1 ? 'x'.repeat(100_000) : 'small');
      const packets = await packetsOf(sending, 9);
      const large = packets.filter(({ bytes }) => bytes > PACKET_BYTES);
      expect(large).toHaveLength(3);
      for (const { bytes } of large) expect(bytes).toBeLessThan(102_000);
      expect(packets.length).toBeLessThanOrEqual(9);
    } finally {
      sending.witness.close();
    }
  });

  it('leaves before the turn ends where nothing else is sent', async () => {
    const sending = await SENDERS[name]!();
    try {
      // No more than libzmq holds for a peer: there is always room.
      for (const n of upTo(10)) {
        void sending.send(n, 'alone');
        await turn();
        expect(sending.sent()).toBe(n + 1);
      }
      expect(await packetsOf(sending, 10)).toHaveLength(10);
    } finally {
      sending.witness.close();
    }
  });
});

describe.each(['Publisher', 'Pusher'])('what a %s is given in a loop that awaits each call', (name) => {
  it('travels together as well', async () => {
    const sending = await SENDERS[name]!();
    try {
      const packets = packetsOf(sending, 10_000);
      for (const n of upTo(10_000)) await sending.send(n, '');
      expect((await packets).length).toBeLessThan(10_000 / 100);
    } finally {
      sending.witness.close();
    }
  });
});

it('what a server answers in one turn travels together', async () => {
  const server = await serve({ echo: (data) => data });
  const witness = new PlainDealer({ linger: 0, receiveTimeout: 5_000 });
  try {
    witness.connect(addressOf(server));
    const writer = new PacketWriter();
    writer.begin();
    for (const n of upTo(200)) writer.record(KIND.request, { id: n + 1, subject: 'echo' }, 'json', String(n));
    await witness.send(writer.finish().map((frame) => Buffer.from(frame)));
    const counts: number[] = [];
    for (let answered = 0; answered < 200;) {
      const { records } = readPacket(await witness.receive(), 0);
      counts.push(records.length);
      answered += records.length;
    }
    expect(counts.length).toBeLessThanOrEqual(Math.ceil(200 / 64) + 2);
  } finally {
    witness.close();
  }
});

describe('one value that cannot be encoded', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const BAD: readonly unknown[] = [1n, circular, { toJSON: () => { throw new Error('no'); } }]; // prettier-ignore

  /** Sends good values with bad ones between them, at once. @returns what became of the bad ones, and how many good ones there are */
  async function sendMixed(send: (value: unknown) => Promise<unknown>): Promise<{ good: number[]; codes: unknown[] }> {
    const good: number[] = [];
    const sent: Promise<unknown>[] = [];
    const codes: unknown[] = [];
    for (const n of upTo(300)) {
      if (n % 50 === 25) {
        const failed = send(BAD[(n - 25) / 50 % BAD.length]); // prettier-ignore
        sent.push(failed.then(() => codes.push('none'), (error: unknown) => codes.push((error as { code: unknown }).code))); // prettier-ignore
      }
      good.push(n);
      sent.push(send(n));
    }
    await Promise.all(sent);
    return { good, codes };
  }

  const ENCODE = upTo(6).map(() => 'ENCODE');

  it.each<Partial<PublisherOptions>>([{}, { retain: true }])(
    'is not published, and leaves no gap (%p)',
    async (options) => {
      const publisher = keep(await new Publisher({ address: ANY_PORT, ...options }).connect());
      const subscriber = keep(new Subscriber({ address: addressOf(publisher), topics: ['t'] }));
      const gaps: unknown[] = [];
      const seen: unknown[] = [];
      subscriber.on('gap', (event) => gaps.push(event));
      subscriber.subscribe('t', (_, message) => void seen.push(message));
      await subscriber.startListening();
      await publisher.waitForSubscribers({ topic: 't' });
      const { good, codes } = await sendMixed((value) => publisher.publish('t', value));
      await until(() => seen.length === good.length, 'the others have come');
      expect({ seen, codes, gaps }).toEqual({ seen: good, codes: ENCODE, gaps: [] });
      expect(publisher.stats().queued).toEqual({ messages: 0, bytes: 0 });
    },
  );

  it.each<Partial<PusherOptions>>([{}, { batch: true }])('is not pushed (%p)', async (options) => {
    const pusher = keep(await new Pusher({ address: ANY_PORT, ...options }).connect());
    const puller = keep(new Puller({ address: addressOf(pusher) }));
    const seen: unknown[] = [];
    puller.registerTaskHandler('t', ({ data }) => void seen.push(data));
    await puller.startWorker();
    const { good, codes } = await sendMixed((value) => pusher.pushTask('t', value));
    await until(() => seen.length === good.length, 'the others have come');
    expect({ seen, codes }).toEqual({ seen: good, codes: ENCODE });
    expect(pusher.stats()).toMatchObject({ queued: { messages: 0, bytes: 0 }, sent: { messages: 300 } });
  });

  it('is not requested, and as a result it is an error of its request', async () => {
    const server = await serve({ echo: (data) => data, bad: (n) => BAD[(n as number) % BAD.length] });
    const client = keep(new Client({ address: addressOf(server) }));
    const requested = await sendMixed(async (value) => {
      expect(await client.sendRequest('echo', value)).toBe(value);
    });
    expect(requested.codes).toEqual(ENCODE);
    const answers = await Promise.allSettled(
      upTo(60).map((n) => (n % 20 === 10 ? client.sendRequest('bad', (n - 10) / 20) : client.sendRequest('echo', n))),
    );
    expect(answers.map((each) => (each.status === 'fulfilled' ? each.value : 'failed'))).toEqual(
      upTo(60).map((n) => (n % 20 === 10 ? 'failed' : n)),
    );
  });
});

it('undefined survives among other values, there and back', async () => {
  const values = [undefined, null, 1, undefined, 'a', undefined];
  const server = await serve({ echo: (data) => ({ wasUndefined: data === undefined }), back: () => undefined });
  const client = keep(new Client({ address: addressOf(server) }));
  expect(await Promise.all(values.map((value) => client.sendRequest('echo', value)))).toEqual(
    values.map((value) => ({ wasUndefined: value === undefined })),
  );
  expect(await Promise.all(values.map(() => client.sendRequest('back')))).toEqual(values.map(() => undefined));
  const pusher = keep(await new Pusher({ address: ANY_PORT, batch: true }).connect());
  const puller = keep(new Puller({ address: addressOf(pusher) }));
  const pulled = Promise.all(values.map(() => puller.pullTask()));
  await pusher.pushBatch(values.map((data) => ({ type: 't', data })));
  expect((await pulled).map(({ data }) => data)).toEqual(values);
});

describe('50 MB', () => {
  const BYTES = 50 * MEBIBYTE;
  /** Much more than something small takes, and much less than it would have to wait. */
  const DELAY_MS = 500;

  async function duration(act: () => Promise<unknown>): Promise<number> {
    const from = performance.now();
    await act();
    return performance.now() - from;
  }

  it('that are on their way to one peer do not delay what is for another', async () => {
    const blob = Buffer.alloc(BYTES, 1);
    const server = await serve({
      echo: (data) => data,
      blob() {
        child.kill('SIGSTOP');
        return blob;
      },
    });
    const other = keep(new Client({ address: addressOf(server) }));
    await other.sendRequest('echo', 1);
    await using child = startNode(
      {
        code: `
        import { Client } from '@liberzmq/core';
        const client = new Client({ address: process.argv[2] });
        const blob = await client.sendRequest('blob', null, { timeoutMs: 20_000 });
        console.log(JSON.stringify({ bytes: blob.length }));
        await client.close();`,
      },
      { args: [addressOf(server)] },
    );
    await until(() => server.stats().sent.bytes > BYTES, 'they are on their way', 15_000);
    for (const n of upTo(20)) {
      expect(await duration(() => other.sendRequest('echo', n))).toBeLessThan(DELAY_MS);
      expect(await duration(() => other.ping())).toBeLessThan(DELAY_MS);
    }
    child.kill('SIGCONT');
    expect(await child.lines.nextLine()).toEqual({ bytes: BYTES });
  });

  it('delay a small request to the same peer by no more than their own way', async () => {
    const arrived = defer();
    const release = defer();
    const server = await serve({
      store: async (data) => {
        arrived.resolve();
        await release.promise;
        return (data as Buffer).length;
      },
      echo: (data) => data,
    });
    const client = keep(new Client({ address: addressOf(server) }));
    await client.sendRequest('echo', 1);
    const stored = client.sendRequest('store', Buffer.alloc(BYTES, 1), { timeoutMs: 15_000 });
    const small = client.sendRequest('echo', 'small', { timeoutMs: 15_000 });
    await arrived.promise;
    expect(await duration(() => small)).toBeLessThan(DELAY_MS);
    expect(await small).toBe('small');
    release.resolve();
    expect(await stored).toBe(BYTES);
  });
});

it('one who sends very many leaves room for another', async () => {
  const server = await serve({ echo: (data) => data });
  const modest = keep(new Client({ address: addressOf(server) }));
  await modest.sendRequest('echo', 1);
  await using flooder = startNode(
    {
      code: `
      import { Client } from '@liberzmq/core';
      const client = new Client({ address: process.argv[2] });
      await client.sendRequest('echo', 1);
      console.log('{}');
      const requests = Array.from({ length: 60_000 }, (_, n) => client.sendRequest('echo', n, { timeoutMs: Infinity }));
      await Promise.all(requests);
      console.log('{}');
      await client.close();`,
    },
    { args: [addressOf(server)] },
  );
  await flooder.lines.nextLine();
  let over = false;
  const flooded = flooder.lines.nextLine().finally(() => (over = true));
  let answered = 0;
  for (; !over; answered += 1) expect(await modest.sendRequest('echo', answered)).toBe(answered);
  await flooded;
  expect(answered).toBeGreaterThan(10);
});

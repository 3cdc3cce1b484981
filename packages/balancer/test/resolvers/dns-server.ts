import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

const TYPES: ReadonlyMap<number, 'A' | 'AAAA' | 'SRV'> = new Map([
  [1, 'A'],
  [28, 'AAAA'],
  [33, 'SRV'],
]);
const TTL_S = 0;
const RESPONSE = 0x8180;
const CODES = { ok: 0, SERVFAIL: 2, NXDOMAIN: 3 };

export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** The data of some records, or that it fails; a name that it does not know has none (`NXDOMAIN`). */
export type Answer = readonly (string | Srv)[] | 'SERVFAIL' | 'NXDOMAIN';

/** A name server on UDP that says what it is told to. Its answers are written by hand, byte by byte: RFC 1035, RFC 2782, RFC 3596. */
export class DnsServer implements AsyncDisposable {
  /** By type and name: `A prices.test`. */
  readonly answers = new Map<string, Answer>();
  readonly asked: string[] = [];
  readonly #socket: Socket = createSocket('udp4');
  #hasEnded = false;

  private constructor() {
    this.#socket.on('message', (query, { port, address }) => {
      this.#socket.send(this.#reply(query), port, address);
    });
  }

  static async start(): Promise<DnsServer> {
    const server = new DnsServer();
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  /** As `setServers` takes it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #reply(query: Buffer): Buffer {
    const { name, end } = readName(query, 12);
    const type = TYPES.get(query.readUInt16BE(end)) ?? 'A';
    const question = query.subarray(12, end + 4);
    this.asked.push(`${type} ${name}`);
    const answer = this.answers.get(`${type} ${name}`) ?? 'NXDOMAIN';
    const records = typeof answer === 'string' ? [] : answer.map((each) => writeRecord(query.readUInt16BE(end), each));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(RESPONSE | (typeof answer === 'string' ? CODES[answer] : CODES.ok), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([header, question, ...records]);
  }
}

function readName(bytes: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function writeRecord(type: number, value: string | Srv): Buffer {
  const data = typeof value === 'string' ? writeAddress(value) : writeSrv(value);
  const head = Buffer.alloc(12);
  // The name is that of the question, which stands behind the 12 bytes of the header.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(TTL_S, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function writeAddress(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [before = '', after = ''] = address.split('::');
  const groupsOf = (text: string) => text.split(':').filter((group) => group !== '');
  const [front, back] = [groupsOf(before), groupsOf(after)];
  const groups = [...front, ...new Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Buffer.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

function writeSrv({ priority, weight, port, target }: Srv): Buffer {
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(priority, 0);
  numbers.writeUInt16BE(weight, 2);
  numbers.writeUInt16BE(port, 4);
  return Buffer.concat([numbers, writeName(target)]);
}

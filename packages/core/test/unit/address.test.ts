import { describe, expect, it } from '@jest/globals';
import { checkConnectAddress, parseAddress } from '../../src/options/address.js';

const both = [true, false];

describe('an address to connect to', () => {
  it.each([
    ['tcp://127.0.0.1:5555', 'tcp', false],
    ['tcp://localhost:5555', 'tcp', false],
    ['tcp://example.org:1', 'tcp', false],
    ['tcp://10.0.0.7:65535', 'tcp', false],
    ['tcp://[::1]:5555', 'tcp', true],
    ['tcp://[fe80::1%eth0]:5555', 'tcp', true],
    ['ipc:///tmp/a.sock', 'ipc', false],
    ['ipc://relative/a b.sock', 'ipc', false],
    ['ipc://@abstract', 'ipc', false],
    ['inproc://name', 'inproc', false],
    ['inproc://a:b/c', 'inproc', false],
  ])('%s is taken as it stands', (given, transport, ipv6) => {
    for (const insecure of both) {
      expect(parseAddress(given, false, insecure)).toEqual({ endpoint: given, transport, ipv6 });
    }
  });

  it.each(['tcp://*:5555', 'tcp://127.0.0.1:*', 'tcp://127.0.0.1:0', 'tcp://127.0.0.1:00', 'tcp://*:*'])(
    '%s is refused: it says not where',
    (given) => {
      for (const insecure of both) {
        expect(() => parseAddress(given, false, insecure)).toThrow(
          expect.objectContaining({ code: 'BAD_ADDRESS', message: expect.stringContaining('to connect') }),
        );
      }
    },
  );
});

describe('an address to bind to', () => {
  it.each([
    ['tcp://127.0.0.1:5555', 'tcp://127.0.0.1:5555', false],
    ['tcp://127.3.2.1:5555', 'tcp://127.3.2.1:5555', false],
    ['tcp://127.0.0.1:*', 'tcp://127.0.0.1:*', false],
    ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:*', false],
    ['tcp://localhost:5555', 'tcp://127.0.0.1:5555', false],
    ['tcp://localhost:0', 'tcp://127.0.0.1:*', false],
    ['tcp://[::1]:5555', 'tcp://[::1]:5555', true],
    ['tcp://lo:5555', 'tcp://lo:5555', false],
  ])('%s is loopback, and becomes %s', (given, endpoint, ipv6) => {
    expect(parseAddress(given, true, false)).toEqual({ endpoint, transport: 'tcp', ipv6 });
  });

  it.each(['ipc:///tmp/a.sock', 'inproc://name'])('%s needs no leave: nobody else reaches it', (given) => {
    expect(parseAddress(given, true, false).endpoint).toBe(given);
  });

  it.each([
    'tcp://*:5555',
    'tcp://0.0.0.0:5555',
    'tcp://10.0.0.7:5555',
    'tcp://eth0:5555',
    'tcp://[::]:5555',
    'tcp://128.0.0.1:5555',
    'tcp://1127.0.0.1:5555',
    'tcp://127.0.0.1.example.org:5555',
    'tcp://127.example.org:5555',
    'tcp://localhost.example.org:5555',
    'tcp://notlocalhost:5555',
    'tcp://[::1:2]:5555',
  ])('%s needs insecure: true', (given) => {
    expect(() => parseAddress(given, true, false)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'INSECURE',
        message: expect.stringMatching(/insecure: true/),
      }),
    );
    expect(parseAddress(given, true, true).endpoint).toBe(given);
  });
});

describe('what is no address', () => {
  it.each([
    '',
    '127.0.0.1:5555',
    'tcp://',
    'tcp:/127.0.0.1:5555',
    'TCP://127.0.0.1:5555',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:',
    'tcp://:5555',
    'tcp://127.0.0.1:abc',
    'tcp://127.0.0.1:-1',
    'tcp://127.0.0.1:5.5',
    'tcp://127.0.0.1:65536',
    'tcp://127.0.0.1:99999999999999999999',
    'tcp://127.0.0.1:5555/path',
    'tcp://127.0.0.1:5555 ',
    'tcp://::1:5555',
    'tcp://[::1]',
    'tcp://[]:5555',
    'tcp://a b:5555',
    'udp://127.0.0.1:5555',
    'http://127.0.0.1:5555',
    'ipc://',
    'inproc://',
    undefined,
    null,
    5555,
    {},
    ['tcp://127.0.0.1:5555'],
  ])('%p is refused', (given) => {
    for (const bind of both) {
      expect(() => parseAddress(given, bind, true)).toThrow(
        expect.objectContaining({ name: 'ConfigurationError', code: 'BAD_ADDRESS' }),
      );
    }
  });

  it('is named in the message, which shows what would do', () => {
    expect(() => parseAddress('localhost', false, false)).toThrow(/^'localhost' .*tcp:\/\/127\.0\.0\.1:5555/);
    expect(() => parseAddress('tcp://a:70000', false, false)).toThrow(/^'tcp:\/\/a:70000' .*65535/);
  });
});

describe('an address to connect to', () => {
  it('is checked by itself', () => {
    expect(() => checkConnectAddress('tcp://10.0.0.1:5556')).not.toThrow();
    for (const address of ['10.0.0.1:5556', 'tcp://10.0.0.1:0', 'tcp://*:1', undefined]) {
      expect(() => checkConnectAddress(address)).toThrow(expect.objectContaining({ code: 'BAD_ADDRESS' }));
    }
  });
});

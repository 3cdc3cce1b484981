import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindWhenFree, closeBound } from '../../../src/sockets/address-release.js';
import type { Socket } from '../../../src/sockets/open-socket.js';

const taken = (): Error => Object.assign(new Error('Address already in use'), { code: 'EADDRINUSE' });

/** A socket at an address that can be bound only at the n-th try. */
function socketAt(lastEndpoint: string | null, boundAtTry = 1, failure: () => Error = taken) {
  const calls = { binds: 0, closes: 0 };
  const socket = {
    lastEndpoint,
    bind: (): Promise<void> => {
      calls.binds += 1;
      return calls.binds >= boundAtTry ? Promise.resolve() : Promise.reject(failure());
    },
    close: (): void => {
      calls.closes += 1;
    },
  };
  return { socket: socket as unknown as Socket, calls };
}

let ports = 5_000;
function nextAddress(): string {
  ports += 1;
  return `tcp://127.0.0.1:${ports}`;
}

describe('binding to an address', () => {
  it('fails at once when somebody else has it', async () => {
    const address = nextAddress();
    const { socket, calls } = socketAt(address, 2);
    await expect(bindWhenFree(socket, address)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(calls.binds).toBe(1);
  });

  it('is tried again while this process is about to give it up', async () => {
    const address = nextAddress();
    const before = socketAt(address);
    await closeBound(before.socket);
    expect(before.calls.closes).toBe(1);
    const { socket, calls } = socketAt(address, 4);
    await bindWhenFree(socket, address);
    expect(calls.binds).toBe(4);
  });

  it('is tried again although others have been given up since', async () => {
    const [first, second] = [nextAddress(), nextAddress()];
    await closeBound(socketAt(first).socket);
    await closeBound(socketAt(second).socket);
    const { socket, calls } = socketAt(first, 2);
    await bindWhenFree(socket, first);
    expect(calls.binds).toBe(2);
  });

  it('is tried again for a second at most', async () => {
    const address = nextAddress();
    await closeBound(socketAt(address).socket);
    const from = performance.now();
    await expect(bindWhenFree(socketAt(address, Infinity).socket, address)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    expect(performance.now() - from).toBeGreaterThan(900);
  });

  it('is not tried again once it was bound anew', async () => {
    const address = nextAddress();
    await closeBound(socketAt(address).socket);
    await bindWhenFree(socketAt(address).socket, address);
    const { socket, calls } = socketAt(address, 2);
    await expect(bindWhenFree(socket, address)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(calls.binds).toBe(1);
  });

  it('is not tried again for any other reason', async () => {
    const address = nextAddress();
    await closeBound(socketAt(address).socket);
    const { socket, calls } = socketAt(address, 2, () => Object.assign(new Error('denied'), { code: 'EACCES' }));
    await expect(bindWhenFree(socket, address)).rejects.toMatchObject({ code: 'EACCES' });
    expect(calls.binds).toBe(1);
  });
});

describe('closing a bound socket', () => {
  it('takes one that is bound to nothing', async () => {
    const { socket, calls } = socketAt(null);
    await closeBound(socket);
    expect(calls.closes).toBe(1);
  });

  it('waits until the file of its address is gone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'liberzmq-'));
    const file = join(directory, 'a.sock');
    await writeFile(file, '');
    let closed = false;
    const closing = closeBound(socketAt(`ipc://${file}`).socket).then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    await rm(directory, { recursive: true });
    await closing;
  });
});

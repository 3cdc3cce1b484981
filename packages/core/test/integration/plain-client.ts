import { expect } from '@jest/globals';
import type { Server } from '@liberzmq/core';
import { Dealer as RawDealer } from 'zeromq';
import type { WireError } from '../../src/errors/wire-error.js';
import { json } from '../../src/serializers/json.js';
import { decodeBody } from '../../src/wire/native/body-decoder.js';
import { KIND } from '../../src/wire/native/format.js';
import type { NativeRecord } from '../../src/wire/native/native-record.js';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { PacketWriter } from '../../src/wire/native/packet-writer.js';
import { addressOf } from './endpoints.js';

/** A client that says what the test has it say, byte by byte. */
export class PlainClient implements AsyncDisposable {
  readonly #socket = new RawDealer({ linger: 0, receiveTimeout: 5_000 });

  constructor(server: Server) {
    this.#socket.connect(addressOf(server));
  }

  send(...frames: (Uint8Array | string)[]): Promise<void> {
    return this.#socket.send(frames);
  }

  /** Sends a packet of what is written. */
  async say(write: (writer: PacketWriter) => void): Promise<void> {
    const writer = new PacketWriter();
    writer.begin();
    write(writer);
    await this.send(...writer.finish().map((frame) => Buffer.from(frame)));
  }

  /** The next packet's records. */
  async hear(): Promise<readonly NativeRecord[]> {
    return readPacket(await this.#socket.receive(), 0).records;
  }

  /** The next packet, which is to be one error. */
  async hearError(): Promise<WireError & { id: number }> {
    const [record] = await this.hear();
    expect(record!.kind).toBe(KIND.error);
    const error = decodeBody(record!, json, 'control', 'an error') as WireError;
    return { ...error, id: record!.id };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
  }
}

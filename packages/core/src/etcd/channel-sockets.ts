import type * as Grpc from '@grpc/grpc-js';
import type { Socket } from 'node:net';

/**
 * The sockets of one gRPC channel. gRPC itself waits for the peer to take part when a connection ends, so that one to a peer that says nothing would stay open for as long as
 * the process lives.
 */
export class ChannelSockets {
  readonly #open = new Set<Socket>();
  #bytesBefore = 0;
  #isClosed = false;

  /** @returns credentials that do the same, and by which the channel tells of each socket as soon as it is connected. */
  watch(credentials: Grpc.ChannelCredentials): Grpc.ChannelCredentials {
    const watching = Object.create(credentials) as Grpc.ChannelCredentials;
    watching._createSecureConnector = (...given) => {
      const connector = credentials._createSecureConnector(...given);
      const connect = connector.connect.bind(connector);
      connector.connect = (socket) => {
        if (!this.#isClosed) {
          this.#add(socket);
          return connect(socket);
        }
        socket.destroy();
        return Promise.reject(new Error('the channel is closed'));
      };
      return connector;
    };
    return watching;
  }

  /** How much has arrived so far, in bytes: if it grows, the peer is there. */
  get bytesRead(): number {
    let bytes = this.#bytesBefore;
    for (const { bytesRead } of this.#open) bytes += bytesRead;
    return bytes;
  }

  /** For ever. */
  destroy(): void {
    this.#isClosed = true;
    for (const socket of this.#open) socket.destroy();
  }

  #add(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#bytesBefore += socket.bytesRead;
    });
  }
}

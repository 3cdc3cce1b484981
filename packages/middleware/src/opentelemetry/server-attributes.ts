import type { Attributes } from '@opentelemetry/api';
import { ATTRIBUTE } from './semantic-conventions.js';

const TCP = /^tcp:\/\/\[?(?<host>.+?)\]?:(?<port>\d+)$/;

/**
 * An address as OpenTelemetry tells it: `server.address`, and `server.port` of `tcp`. A middleware does not know its endpoint; so give them to it.
 * @param address the server's as its client has it: `tcp://host:port`, `ipc://path` or `inproc://name`.
 * @example
 * ```ts
 * client.addMiddleware(tracing({ attributes: serverAttributes(client.address) }));
 * ```
 */
export function serverAttributes(address: string): Attributes {
  const { host, port } = TCP.exec(address)?.groups ?? {};
  if (host === undefined) return { [ATTRIBUTE.serverAddress]: address.replace(/^\w+:\/\//, '') };
  return { [ATTRIBUTE.serverAddress]: host, [ATTRIBUTE.serverPort]: Number(port) };
}

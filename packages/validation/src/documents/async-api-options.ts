import { badOption, checkKeys } from '../options.js';

/** A server in an AsyncAPI document. */
export interface AsyncApiServer {
  /** Where it is: `tcp://10.0.0.1:5556`, `ipc:///run/orders`. */
  readonly address: string;
  /** A sentence for readers. */
  readonly description?: string | undefined;
}

/** What an AsyncAPI document says beside the contract. */
export interface AsyncApiOptions {
  /** The servers by name, or just their addresses. `{}` if nobody is to know where they are. */
  readonly servers: Readonly<Record<string, string | AsyncApiServer>>;
  /**
   * The media type of what is sent, as the serializer writes it.
   * @defaultValue 'application/json'
   */
  readonly contentType?: string | undefined;
}

/** A server as AsyncAPI describes it. */
export interface ServerObject {
  readonly host: string;
  readonly pathname?: string;
  /** AsyncAPI has no name for it: ZMTP is what ZeroMQ speaks. */
  readonly protocol: 'zmtp' | 'zmtp-ipc';
  readonly protocolVersion: string;
  readonly description?: string;
}

const ADDRESS = /^(tcp|ipc):\/\/(.+)$/;
const ZMTP_VERSION = '3.1';

/** @throws ConfigurationError BAD_OPTION */
export function checkedOptions(options: AsyncApiOptions): {
  readonly servers: readonly (readonly [string, ServerObject])[];
  readonly contentType: string;
} {
  checkKeys('toAsyncApi', options, ['servers', 'contentType']);
  const { servers, contentType = 'application/json' } = options as { servers: unknown; contentType?: unknown };
  if (typeof contentType !== 'string' || contentType === '') {
    throw badOption("toAsyncApi: option 'contentType' must be a media type");
  }
  if (typeof servers !== 'object' || servers === null || Array.isArray(servers)) {
    throw badOption("toAsyncApi: option 'servers' must be an object with an address for each name");
  }
  const entries: [string, unknown][] = Object.entries(servers);
  return { servers: entries.map(([name, server]) => [name, serverObject(name, server)]), contentType };
}

function serverObject(name: string, server: unknown): ServerObject {
  const where = `toAsyncApi: the server '${name}'`;
  if (typeof server !== 'string') checkKeys(where, server, ['address', 'description']);
  const { address, description } = (typeof server === 'string' ? { address: server } : server) as {
    address?: unknown;
    description?: unknown;
  };
  const [, transport, place] = (typeof address === 'string' ? ADDRESS.exec(address) : null) ?? [];
  if (transport === undefined || place === undefined) {
    throw badOption(`${where} needs an address like tcp://10.0.0.1:5556 or ipc:///run/orders`);
  }
  if (description !== undefined && typeof description !== 'string') {
    throw badOption(`${where}: description must be a string`);
  }
  const about = { protocolVersion: ZMTP_VERSION, ...(description === undefined ? {} : { description }) };
  if (transport === 'tcp') return { host: place, protocol: 'zmtp', ...about };
  return { host: 'localhost', pathname: place, protocol: 'zmtp-ipc', ...about };
}

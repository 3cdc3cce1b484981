import { ConfigurationError } from '../errors/error-classes.js';
import { describe } from './check-options.js';

type Transport = 'tcp' | 'ipc' | 'inproc';

/** An address that has been checked. */
export interface Address {
  /** As libzmq takes it. */
  readonly endpoint: string;
  readonly transport: Transport;
  readonly ipv6: boolean;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|lo|\[::1\])$/;
const MAX_PORT = 65_535;

/**
 * Checks an address and makes it libzmq's: `tcp://host:port`, `ipc://path`, `inproc://name`. To bind, the host may be `*` and the port `*` or 0.
 * @throws ConfigurationError BAD_ADDRESS, or INSECURE for binding where others can reach it without saying so
 */
export function parseAddress(given: unknown, bind: boolean, insecure: boolean): Address {
  const match = typeof given === 'string' ? /^(tcp|ipc|inproc):\/\/(.+)$/s.exec(given) : null;
  if (match === null) {
    throw badAddress(given, 'an address looks like tcp://127.0.0.1:5555, ipc:///tmp/name.sock or inproc://name');
  }
  const [endpoint, transport, rest] = match as unknown as [string, Transport, string];
  if (transport !== 'tcp') return { endpoint, transport, ipv6: false };

  const tcp = /^(\[[^\]]+\]|[^:\s/[\]]+):(\*|\d+)$/.exec(rest);
  if (tcp === null) throw badAddress(given, 'a tcp address ends in host:port; an IPv6 host stands in brackets');
  const [, host, port] = tcp as unknown as [string, string, string];
  if (port !== '*' && Number(port) > MAX_PORT) throw badAddress(given, `a port is at most ${String(MAX_PORT)}`);
  if (!bind && (host === '*' || port === '*' || Number(port) === 0)) {
    throw badAddress(given, 'to connect, both host and port must be given; * and port 0 are for binding');
  }
  if (bind && !insecure && !LOOPBACK.test(host)) {
    throw new ConfigurationError(
      'INSECURE',
      `binding to ${endpoint} lets anybody on the network in. Bind to 127.0.0.1, or pass insecure: true if the network is trusted`,
    );
  }
  // libzmq takes no host names to bind to.
  const boundHost = bind && host === 'localhost' ? '127.0.0.1' : host;
  const boundPort = Number(port) === 0 ? '*' : port;
  return { endpoint: `tcp://${boundHost}:${boundPort}`, transport, ipv6: host.startsWith('[') };
}

/** Checks an address to connect to. @throws ConfigurationError BAD_ADDRESS */
export function checkConnectAddress(given: unknown): void {
  parseAddress(given, false, false);
}

function badAddress(given: unknown, why: string): ConfigurationError {
  return new ConfigurationError('BAD_ADDRESS', `${describe(given)} is not an address to use here: ${why}`);
}

import { DEFAULTS } from '../defaults.js';
import { ConfigurationError } from '../errors/error-classes.js';
import { badOption, checkOptions, describe, option, type OptionCheck } from '../options/check-options.js';

/** Certificates and keys as PEM. */
export interface EtcdTlsOptions {
  /**
   * Who is trusted to vouch for etcd.
   * @defaultValue the authorities that Node trusts
   */
  ca?: string | Uint8Array | undefined;
  /** Our own certificate, with `key`, where etcd asks for one. */
  cert?: string | Uint8Array | undefined;
  key?: string | Uint8Array | undefined;
}

/** For an `EtcdClient`. */
export interface EtcdClientOptions {
  /** The members of one cluster, each as `http://host:port` or `https://host:port`. The first one that can be reached is used until it cannot be any more. */
  endpoints: readonly string[];
  /** Who to be, with `password`. Without TLS both travel in the clear. */
  username?: string | undefined;
  password?: string | undefined;
  /** For endpoints with `https`, which do without it where etcd's certificate is from an authority that Node trusts. */
  tls?: EtcdTlsOptions | undefined;
  /**
   * How long a call may take, with all its attempts, where it does not say itself, in ms. Must be above 0; `Infinity` waits for ever.
   * @defaultValue 5000, as for requests
   */
  timeoutMs?: number | undefined;
}

/** Where a member is. */
export interface EndpointAddress {
  readonly url: string;
  /** As gRPC wants it: `host:port`. */
  readonly hostAndPort: string;
  readonly isSecure: boolean;
}

/** {@link EtcdClientOptions}, checked. */
export interface EtcdClientSettings {
  readonly addresses: readonly EndpointAddress[];
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly tls: EtcdTlsOptions;
  readonly timeoutMs: number;
}

const pem: OptionCheck = (value) =>
  (typeof value === 'string' && value !== '') || value instanceof Uint8Array ? undefined : 'PEM, as a string or bytes';

const endpoints: OptionCheck = (value) =>
  option.strings(value) ?? ((value as string[]).length > 0 ? undefined : 'an array with at least one endpoint');

const URL_FORM = /^(https?):\/\/(\[[\d.:a-f]+\]|[^\s/:?#@[\]]+):(\d{1,5})\/?$/i;
const LAST_PORT = 65_535;

/** @throws ConfigurationError BAD_OPTION or BAD_ADDRESS */
export function etcdClientSettings(options: EtcdClientOptions): EtcdClientSettings {
  const checks = {
    endpoints,
    username: option.string,
    password: option.string,
    tls: option.record,
    timeoutMs: option.duration,
  };
  checkOptions('EtcdClient', options, checks, ['endpoints']);
  const { username, password, tls, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
  checkOptions('EtcdClient tls', tls ?? {}, { ca: pem, cert: pem, key: pem });
  if ((tls?.cert === undefined) !== (tls?.key === undefined))
    throw badOption("EtcdClient: 'tls.cert' and 'tls.key' go together");
  if ((username === undefined) !== (password === undefined))
    throw badOption("EtcdClient: 'username' and 'password' go together");
  const addresses = options.endpoints.map(parseEndpoint);
  const bare = addresses.find(({ isSecure }) => !isSecure);
  if (tls !== undefined && bare !== undefined)
    throw badOption(`EtcdClient: 'tls' is given, but ${bare.url} is not https`);
  const credentials = username === undefined || password === undefined ? undefined : { username, password };
  return { addresses, credentials, tls: tls ?? {}, timeoutMs };
}

/** @throws ConfigurationError BAD_ADDRESS */
function parseEndpoint(url: string): EndpointAddress {
  const [, scheme = '', host = '', port = ''] = URL_FORM.exec(url) ?? [];
  if (host !== '' && Number(port) >= 1 && Number(port) <= LAST_PORT)
    return { url, hostAndPort: `${host}:${port}`, isSecure: scheme.toLowerCase() === 'https' };
  throw new ConfigurationError(
    'BAD_ADDRESS',
    `EtcdClient: an endpoint must be http://host:port or https://host:port, not ${describe(url)}`,
  );
}

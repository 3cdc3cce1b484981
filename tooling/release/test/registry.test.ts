import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { elsewhere, isolated } from '../npm.mjs';
import { freePort } from '../registry/free-port.mjs';
import { verdaccioConfig } from '../registry/verdaccio-config.mjs';

test('a port that is taken is not given', async () => {
  const randoms = [0, 0.25, 0.5];
  const tried: number[] = [];
  const port = await freePort(
    new Set([20_000]),
    async (candidate) => {
      tried.push(candidate);
      return tried.length > 1;
    },
    () => randoms.shift()!,
  );
  expect(tried).toEqual([23_000, 26_000]);
  expect(port).toBe(26_000);
});

test('a port that is given can be listened to', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  expect((server.address() as AddressInfo).port).toBeGreaterThanOrEqual(20_000);
  server.close();
  await once(server, 'close');
});

test('the registry keeps our packages to itself, and asks another for the rest', () => {
  const config = JSON.parse(verdaccioConfig({ storage: '/s', uplink: 'https://registry.example/' })) as {
    storage: string;
    uplinks: Record<string, { url: string }>;
    packages: Record<string, { publish?: string; proxy?: string }>;
  };
  expect(config.storage).toBe('/s');
  expect(config.uplinks.upstream?.url).toBe('https://registry.example/');
  expect(Object.keys(config.packages)).toEqual(['@liberzmq/*', '**']);
  expect(config.packages['@liberzmq/*']).toMatchObject({ publish: '$all' });
  expect(config.packages['@liberzmq/*']).not.toHaveProperty('proxy');
  expect(config.packages['**']).toEqual({ access: '$all', proxy: 'upstream' });
});

test('an isolated npm knows nothing of its user', () => {
  const env = {
    PATH: '/bin',
    HOME: '/home/x',
    npm_config_registry: 'https://other/',
    npm_config_userconfig: '/home/x/.npmrc',
    NPM_TOKEN: 'secret',
    NODE_AUTH_TOKEN: 'secret',
    NODE_OPTIONS: '--inspect',
    LIBERZMQ_LOG_LEVEL: 'debug',
  };
  expect(isolated(env, { registry: 'http://127.0.0.1:1/', userConfig: '/s/npmrc', cache: '/s/cache' })).toEqual({
    PATH: '/bin',
    HOME: '/home/x',
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_userconfig: '/s/npmrc',
    npm_config_globalconfig: '/s/npmrc-global',
    npm_config_cache: '/s/cache',
    npm_config_update_notifier: 'false',
  });
});

test('an npm in another folder keeps the settings of its user, and nothing of this folder', () => {
  const env = {
    PATH: '/bin',
    npm_config_registry: 'https://mine/',
    npm_config_local_prefix: '/here',
    npm_package_json: '/here/package.json',
    npm_lifecycle_event: 'release',
    INIT_CWD: '/here',
  };
  expect(elsewhere(env)).toEqual({ PATH: '/bin', npm_config_registry: 'https://mine/' });
});

/**
 * The configuration of a registry that takes our packages from anybody on this machine, keeps them in a folder, never asks anybody else for them,
 * and hands on what another registry has of everything else. JSON is YAML.
 *
 * @param {{ storage: string, uplink: string }} options
 */
export function verdaccioConfig({ storage, uplink }) {
  return `${JSON.stringify(
    {
      storage,
      uplinks: { upstream: { url: uplink, cache: true, timeout: '60s', maxage: '30m', max_fails: 10 } },
      packages: {
        '@liberzmq/*': { access: '$all', publish: '$all', unpublish: '$all' },
        '**': { access: '$all', proxy: 'upstream' },
      },
      max_body_size: '50mb',
      web: { enable: false },
      log: { type: 'stdout', format: 'pretty', level: 'warn' },
    },
    null,
    2,
  )}\n`;
}

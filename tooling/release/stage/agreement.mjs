const FIRST = '0.0.0';

/**
 * What keeps packages from being released together, one sentence each: other versions, dependencies on another version than the one that is
 * released, manifests that npm would not publish for all, with proof of where they were built.
 *
 * @param {readonly import('./packages.mjs').Manifest[]} manifests
 * @param {Record<string, { version?: string } | undefined>} locked the entries of the lock file by folder, `packages/core`
 */
export function disagreements(manifests, locked) {
  const version = manifests[0]?.version ?? FIRST;
  const names = new Set(manifests.map(({ name }) => name));
  return [
    ...(version === FIRST ? [`${FIRST} is never released: there has to be a changeset`] : []),
    ...manifests.flatMap((manifest) => [
      ...(manifest.version === version ? [] : [`${manifest.name} is ${manifest.version} beside others of ${version}`]),
      ...(manifest.publishConfig?.access === 'public' ? [] : [`${manifest.name} is not published for all`]),
      ...(manifest.publishConfig?.provenance === true ? [] : [`${manifest.name} asks for no provenance`]),
      ...foreignRanges(manifest, names, version),
      ...staleLock(manifest, locked),
    ]),
  ];
}

/**
 * @param {import('./packages.mjs').Manifest} manifest
 * @param {ReadonlySet<string>} names
 * @param {string} version
 */
function foreignRanges({ name, dependencies, peerDependencies }, names, version) {
  return Object.entries({ ...dependencies, ...peerDependencies })
    .filter(([dependency, range]) => names.has(dependency) && range !== version && range !== `^${version}`)
    .map(([dependency, range]) => `${name} depends on ${dependency} ${range}, not on ${version}`);
}

/**
 * @param {import('./packages.mjs').Manifest} manifest
 * @param {Record<string, { version?: string } | undefined>} locked
 */
function staleLock({ name, version }, locked) {
  const found = locked[`packages/${name.slice(name.indexOf('/') + 1)}`]?.version;
  return found === version ? [] : [`the lock file has ${name} ${found}, not ${version}`];
}

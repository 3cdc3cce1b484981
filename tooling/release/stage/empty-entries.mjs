/** What the changelog of a package says of a release that changed others only. */
const UNCHANGED = 'Nothing has changed in this package, which has the version of all.';

/**
 * Fills the headings of versions that nothing stands below.
 *
 * @param {string} changelog
 */
export function fillEmptyEntries(changelog) {
  return changelog.replace(/^(## .+)\n+(?=## |$(?![^]))/gm, `$1\n\n${UNCHANGED}\n\n`).replace(/\n+$/, '\n');
}

const OURS = /(?<=from\s*['"])@liberzmq\/[^/'"]+(?=['"])/g;
const OURS_ALONE = /^import\s*['"]@liberzmq\/[^/'"]+['"];?$/gm;

/**
 * A program that imports from `@liberzmq/all` what it has imported from our packages; sub-paths stay, since `all` has none.
 *
 * @param {string} code JavaScript
 */
export function throughAll(code) {
  return code.replace(OURS, '@liberzmq/all').replace(OURS_ALONE, "import '@liberzmq/all';");
}

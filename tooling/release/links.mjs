const FENCED = /^(?:```|~~~)[^]*?^(?:```|~~~)[^\S\n]*$/gm;
const INLINE_CODE = /`[^`\n]*`/g;
const LINK = /\]\(\s*<?(?<inline>[^\s)>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(?<reference>\S+)/gm;
const HEADING = /^#{1,6}\s+(?<text>.*?)\s*#*\s*$/gm;
const OWN_FILES = /^https:\/\/github\.com\/liberzmq\/liberzmq\/(?:tree|blob)\/main\//;

/**
 * A link of a document to something in the repository: a path from the document, or from the root if it begins with `/`, and a heading there.
 *
 * @typedef {{ path: string, anchor: string }} Link
 */

/**
 * The links of a document that lead into this repository, also where they are written as addresses at GitHub. Code has none.
 *
 * @param {string} markdown
 * @returns {Link[]}
 */
export function localLinks(markdown) {
  // Code is blotted out by as much of nothing, so that the text of a link may have some.
  const text = markdown.replaceAll(FENCED, '').replaceAll(INLINE_CODE, '');
  return [...text.matchAll(LINK)].flatMap(({ groups }) => {
    const target = (groups?.inline ?? groups?.reference ?? '').replace(OWN_FILES, '/');
    if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(target)) return [];
    const [path = '', anchor = ''] = target.split('#');
    return { path: decodeURIComponent(path), anchor: decodeURIComponent(anchor) };
  });
}

/**
 * The anchors that GitHub gives the headings of a document.
 *
 * @param {string} markdown
 * @returns {Set<string>}
 */
export function anchorsOf(markdown) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Set<string>} */
  const anchors = new Set();
  for (const { groups } of markdown.replaceAll(FENCED, '').matchAll(HEADING)) {
    const slug = slugOf(groups?.text ?? '');
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** @param {string} heading */
function slugOf(heading) {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

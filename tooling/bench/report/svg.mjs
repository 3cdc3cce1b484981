/** Both themes: a picture in a page follows the setting of who looks at it. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .faint { fill: #59636e; }
  .ours { fill: #0969da; stroke: #0969da; }
  .raw { fill: #8c959f; stroke: #8c959f; }
  .bar { stroke: none; }
  .hollow { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  .mark { stroke: #1f2328; stroke-width: 1.5; }
  .target { stroke: #cf222e; stroke-width: 2; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .faint { fill: #9198a1; }
    .ours { fill: #4493f8; stroke: #4493f8; }
    .raw { fill: #7d8590; stroke: #7d8590; }
    .bar { stroke: none; }
    .hollow, .paper { fill: #0d1117; }
    .grid { stroke: #3d444d; }
    .mark { stroke: #f0f6fc; }
    .target { stroke: #f85149; }
  }`;

/**
 * A picture with its own colours for light and dark.
 *
 * @param {{ width: number, height: number, title: string }} frame
 * @param {readonly string[]} shapes
 */
export function svg({ width, height, title }, shapes) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
${[rectangle({ x: 0, y: 0, width, height, of: 'paper' }), ...shapes].join('\n')}
</svg>
`;
}

/** @param {{ x: number, y: number, width: number, height: number, of: string }} shape */
export function rectangle({ x, y, width, height, of }) {
  return `<rect class="${of}" x="${at(x)}" y="${at(y)}" width="${at(Math.max(0, width))}" height="${at(height)}"/>`;
}

/** @param {{ x1: number, y1: number, x2: number, y2: number, of: string }} shape */
export function line({ x1, y1, x2, y2, of }) {
  return `<line class="${of}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;
}

/** @param {{ x: number, y: number, radius: number, of: string }} shape */
export function dot({ x, y, radius, of }) {
  return `<circle class="${of}" cx="${at(x)}" cy="${at(y)}" r="${radius}" stroke-width="2"/>`;
}

/** @param {{ x: number, y: number, text: string, of?: string, anchor?: 'start' | 'middle' | 'end' }} shape */
export function label({ x, y, text, of = '', anchor = 'start' }) {
  return `<text class="${of}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escape(text)}</text>`;
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A tenth of a pixel is exact enough. @param {number} value */
function at(value) {
  return Number(value.toFixed(1));
}

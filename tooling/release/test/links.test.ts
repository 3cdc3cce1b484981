import { expect, test } from '@jest/globals';
import { anchorsOf, localLinks } from '../links.mjs';

test('the links into the repository are found, others and those in code are not', () => {
  const markdown = [
    'See [a](docs/a.md), [b](#below) and [`c`](../c.md#part "title"); ![d](d.svg) [e](<f.md>).',
    'Not [g](https://example.org/g), [h](mailto:h@example.org), `[i](i.md)`.',
    'But [j](https://github.com/liberzmq/liberzmq/tree/main/packages/core#readme).',
    '[k]: k%20l.md',
    '```md',
    '[m](m.md)',
    '```',
  ].join('\n');
  expect(localLinks(markdown)).toEqual([
    { path: 'docs/a.md', anchor: '' },
    { path: '', anchor: 'below' },
    { path: '../c.md', anchor: 'part' },
    { path: 'd.svg', anchor: '' },
    { path: 'f.md', anchor: '' },
    { path: '/packages/core', anchor: 'readme' },
    { path: 'k l.md', anchor: '' },
  ]);
});

test('headings have the anchors that GitHub gives them', () => {
  const markdown =
    '# `connect()`, and *more*\n## Same\n## Same\n```sh\n# no heading\n```\n### [A link](x.md)\n## 消息 1\n';
  expect([...anchorsOf(markdown)]).toEqual(['connect-and-more', 'same', 'same-1', 'a-link', '消息-1']);
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { scrape, scrapedTests } from './scraped.js';

interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const FILE = new URL('../../../../docs/grafana/liberzmq.json', import.meta.url);
const { panels, templating } = JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;
const targets = panels.flatMap((panel) => panel.targets ?? []);
const { install } = scrapedTests();

describe('the dashboard', () => {
  it('asks for metrics that there are, and for all of them', async () => {
    const { types } = await scrape(install());
    const exposed = [...types].flatMap(([name, type]) =>
      type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
    );
    const queries = [...targets.map(({ expr }) => expr), ...templating.list.map(({ definition = '' }) => definition)];
    const asked = new Set(queries.flatMap((query) => query.match(/\bliberzmq_\w+/g) ?? []));
    expect(exposed).toEqual(expect.arrayContaining([...asked]));
    const unseen = [...types.keys()].filter((name) => ![...asked].some((each) => each.startsWith(name)));
    expect(unseen).toEqual([]);
  });

  it('has panels with ids of their own, of which none lies on another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const panel of panels) {
      const one = panel.gridPos;
      expect(one.x + one.w).toBeLessThanOrEqual(24);
      for (const { id, gridPos: other } of panels) {
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        expect([panel.id, id, panel.id === id || apart]).toEqual([panel.id, id, true]);
      }
    }
  });

  it('asks the data source that is chosen, each question under a letter of its own', () => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { datasource } of targets) expect(datasource.uid).toBe('${datasource}');
    for (const { targets: each = [] } of panels) expect(new Set(each.map(({ refId }) => refId)).size).toBe(each.length);
  });

  it('uses only variables that it has', () => {
    const known = ['__rate_interval', ...templating.list.map(({ name }) => name)];
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name));
    expect(known).toEqual(expect.arrayContaining(used));
  });

  it('has its rows', () => {
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Requests', 'One way', 'Queues and in flight', 'Drops and errors', 'Peers']);
  });
});

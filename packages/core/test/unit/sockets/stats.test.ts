import { describe, expect, it } from '@jest/globals';
import { StatsCounter } from '../../../src/sockets/stats.js';

const NOTHING = { messages: 0, bytes: 0 };

describe('StatsCounter', () => {
  it('begins at nothing', () => {
    expect(new StatsCounter().snapshot({ peers: 1, inFlight: 0, queued: NOTHING })).toEqual({
      sent: NOTHING,
      received: NOTHING,
      peers: 1,
      inFlight: 0,
      queued: NOTHING,
      drops: {},
      errors: {},
    });
  });

  it('counts messages and bytes each way, drops by reason and errors by code', () => {
    const counter = new StatsCounter();
    counter.sent(1, 10);
    counter.sent(1, 5);
    counter.received([Buffer.alloc(3), Buffer.alloc(4)]);
    counter.received([]);
    for (const reason of ['outbox-full', 'malformed', 'outbox-full']) counter.dropped(reason);
    for (const code of ['TIMEOUT', 'TIMEOUT', '__proto__']) counter.failed(code);
    const stats = counter.snapshot({ peers: 1, inFlight: 3, queued: { messages: 2, bytes: 20 } });
    expect(stats).toMatchObject({
      sent: { messages: 2, bytes: 15 },
      received: { messages: 2, bytes: 7 },
      inFlight: 3,
      queued: { messages: 2, bytes: 20 },
      drops: { 'outbox-full': 2, malformed: 1 },
    });
    expect(Object.entries(stats.errors)).toEqual([
      ['TIMEOUT', 2],
      ['__proto__', 1],
    ]);
  });

  it('gives figures that stand still', () => {
    const counter = new StatsCounter();
    const before = counter.snapshot({ peers: 1, inFlight: 0, queued: NOTHING });
    counter.sent(1, 1);
    counter.dropped('malformed');
    expect(before).toMatchObject({ sent: NOTHING, drops: {} });
  });
});

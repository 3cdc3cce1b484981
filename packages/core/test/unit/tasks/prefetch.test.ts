import { describe, expect, it } from '@jest/globals';
import { DEFAULTS } from '../../../src/defaults.js';
import { pipeSettings } from '../../../src/tasks/prefetch.js';

describe('pipeSettings', () => {
  it.each([
    [65_536, undefined, { highWaterMark: 1, kernelBufferBytes: 65_536 }],
    [4_096, 50, { highWaterMark: 50, kernelBufferBytes: 4_096 }],
    [Infinity, undefined, { highWaterMark: DEFAULTS.highWaterMark }],
    [Infinity, 50, { highWaterMark: 50 }],
  ])('for %d bytes and the high-water mark %p', (bytes, highWaterMark, settings) => {
    expect(pipeSettings(bytes, highWaterMark)).toEqual(settings);
  });
});

type StartTimer = (...args: Parameters<typeof setTimeout>) => NodeJS.Timeout;

const PRUNE_ABOVE = 1_000;

/**
 * Remembers where each timer of this test file was started. Counting the timers of the process instead would count jest's own, which
 * come and go. Timers of `node:timers` and `node:timers/promises` are not seen.
 */
export class TimerWatch {
  #started = new Map<NodeJS.Timeout, Error>();
  #pruneAbove = PRUNE_ABOVE;

  /** From now on, for the rest of the file. */
  install(): void {
    globalThis.setTimeout = this.#watch(globalThis.setTimeout);
    globalThis.setInterval = this.#watch(globalThis.setInterval);
  }

  /** A line for each timer that still keeps the process alive. */
  running(): string[] {
    this.#prune();
    return [...this.#started]
      .filter(([timer]) => timer.hasRef())
      .map(([, { stack }]) => `a timer started${firstFrameOutside(stack)}`);
  }

  #watch<F extends typeof setTimeout | typeof setInterval>(original: F): F {
    const start: StartTimer = (...args) => {
      const timer = original(...args);
      this.#started.set(timer, new Error());
      if (this.#started.size > this.#pruneAbove) this.#prune();
      return timer;
    };
    // With them comes what `promisify` looks for.
    return Object.defineProperties(start, Object.getOwnPropertyDescriptors(original)) as F;
  }

  #prune(): void {
    for (const timer of this.#started.keys()) if (isOver(timer)) this.#started.delete(timer);
    this.#pruneAbove = Math.max(PRUNE_ABOVE, 2 * this.#started.size);
  }
}

/** Node marks a timer that has fired or was cleared; there is no public way to ask. */
function isOver(timer: NodeJS.Timeout & { _destroyed?: boolean }): boolean {
  return timer._destroyed === true;
}

function firstFrameOutside(stack = ''): string {
  const frame = stack.split('\n').find((line) => /^\s+at /.test(line) && !line.includes('timer-watch'));
  return frame ? ` ${frame.trim()}` : '';
}

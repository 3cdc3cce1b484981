import type { ScheduledEvent } from './event-queue.js';
import type { Simulation } from './simulation.js';

/** What `setTimeout` and `setInterval` return here, as far as anybody asks it for something. */
class VirtualTimer {
  event: ScheduledEvent | undefined;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return false;
  }
}

type Run = (...args: unknown[]) => void;

/**
 * Real code in a simulated world: while this runs, the timers, `performance.now()` and `Math.random()` of everything are those of the simulation, so that its events and the timers of the
 * code come in one order. What is ready to go on, by a promise, `setImmediate` or `process.nextTick`, does so as always: see {@link Simulation.runWithPromises}.
 */
export async function inVirtualTime<T>(simulation: Simulation, run: () => Promise<T>): Promise<T> {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = globalThis;
  const { random } = Math;
  const { stackTraceLimit } = Error;
  const chance = simulation.fork();
  Object.assign(globalThis, timersOf(simulation), immediatesOf(simulation));
  Object.defineProperty(performance, 'now', { value: () => simulation.now, configurable: true });
  Math.random = () => chance.next();
  // Errors are very many, and nobody looks where they come from.
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate });
    Reflect.deleteProperty(performance, 'now');
    Math.random = random;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function timersOf(simulation: Simulation): Record<string, unknown> {
  const clear = (timer: VirtualTimer | undefined): void => {
    if (timer?.event === undefined) return;
    simulation.cancel(timer.event);
    timer.event = undefined;
  };
  return {
    setTimeout: (run: Run, ms = 0, ...args: unknown[]): VirtualTimer => {
      const timer = new VirtualTimer();
      timer.event = simulation.after(atLeastOne(ms), () => {
        run(...args);
      });
      return timer;
    },
    setInterval: (run: Run, ms = 0, ...args: unknown[]): VirtualTimer => {
      const timer = new VirtualTimer();
      const again = (): void => {
        timer.event = simulation.after(atLeastOne(ms), () => {
          again();
          run(...args);
        });
      };
      again();
      return timer;
    },
    clearTimeout: clear,
    clearInterval: clear,
  };
}

/** Those of always, but time does not pass before they have come. */
function immediatesOf(simulation: Simulation): Record<string, unknown> {
  const { setImmediate, clearImmediate } = globalThis;
  const waiting = new Set<NodeJS.Immediate>();
  const end = (immediate: NodeJS.Immediate): void => {
    if (waiting.delete(immediate)) simulation.immediates -= 1;
  };
  return {
    setImmediate: (run: Run, ...args: unknown[]): NodeJS.Immediate => {
      const immediate = setImmediate(() => {
        end(immediate);
        run(...args);
      });
      waiting.add(immediate);
      simulation.immediates += 1;
      return immediate;
    },
    clearImmediate: (immediate: NodeJS.Immediate | undefined): void => {
      if (immediate === undefined) return;
      end(immediate);
      clearImmediate(immediate);
    },
  };
}

/** As in Node, where no timer is shorter than 1 ms. Parts of a ms are kept: timers that fall on whole ones would meet there, which real ones do only by chance. */
function atLeastOne(ms: number): number {
  return Math.max(1, ms);
}

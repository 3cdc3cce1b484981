import { Pool } from '../../src/pool.js';
import type { CreateContext, DestroyContext, DestroyReason, PoolOptions } from '../../src/pool-options.js';

/** Something to be pooled. */
export interface Thing {
  readonly id: number;
}

/** The making of a thing, which the test settles. */
export interface Making {
  readonly context: CreateContext;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
}

/** Makes things at once, or as the test says, and knows which of them exist. */
export class Workshop {
  /** Whether what is made waits for the test. */
  isHeld = false;
  /** With what making fails, as long as there is anything. */
  failure: Error | undefined = undefined;
  /** Whether destroying waits for ever. */
  keepsDestroying = false;
  /** Those that do not pass their check. */
  readonly invalid = new Set<number>();
  readonly makings: Making[] = [];
  readonly contexts: CreateContext[] = [];
  /** Those that were made and not destroyed. */
  readonly living = new Set<number>();
  readonly destroyed: (readonly [id: number, reason: DestroyReason])[] = [];
  readonly checked: number[] = [];
  /** The most that there ever were, those included that were being made. */
  most = 0;
  #made = 0;
  #making = 0;

  get made(): number {
    return this.#made;
  }

  readonly create = async (context: CreateContext): Promise<Thing> => {
    this.#making += 1;
    this.#note();
    try {
      if (this.failure !== undefined) throw this.failure;
      if (this.isHeld) await this.#held(context);
      this.#made += 1;
      const thing = { id: this.#made };
      this.living.add(thing.id);
      this.contexts[thing.id] = context;
      return thing;
    } finally {
      this.#making -= 1;
      this.#note();
    }
  };

  readonly destroy = async ({ id }: Thing, { reason }: DestroyContext): Promise<void> => {
    this.destroyed.push([id, reason]);
    if (this.keepsDestroying) await new Promise(() => undefined);
    this.living.delete(id);
  };

  readonly validate = ({ id }: Thing): Promise<boolean> => {
    this.checked.push(id);
    return Promise.resolve(!this.invalid.has(id));
  };

  /** A pool that keeps none until they are asked for, if the options do not say otherwise, and checks nothing. */
  pool(options: Partial<PoolOptions<Thing>> = {}): Pool<Thing> {
    return new Pool({ create: this.create, destroy: this.destroy, minSize: 0, maxSize: 2, ...options });
  }

  #held(context: CreateContext): Promise<void> {
    return new Promise((resolve, reject) => {
      this.makings.push({ context, finish: resolve, fail: reject });
    });
  }

  #note(): void {
    this.most = Math.max(this.most, this.#making + this.living.size);
  }
}

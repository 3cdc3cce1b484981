import type { MemberOptions } from '../../src/index.js';
import type { ResolverListener } from '../../src/resolvers/resolver.js';

/** Remembers what a resolver tells. */
export class Recorder implements ResolverListener {
  readonly lists: (readonly MemberOptions[])[] = [];
  readonly errors: unknown[] = [];

  readonly onMembers = (members: readonly MemberOptions[]): void => {
    this.lists.push(members);
  };

  readonly onError = (error: unknown): void => {
    this.errors.push(error);
  };

  /** The addresses of the last list. */
  get addresses(): readonly (string | undefined)[] | undefined {
    return this.lists.at(-1)?.map(({ address }) => address);
  }
}

/** Resolves as soon as it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

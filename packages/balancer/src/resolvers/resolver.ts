import type { MemberOptions } from '../members/member-options.js';

/** Who hears from a resolver. */
export interface ResolverListener {
  /** Who the members are now, all of them. To tell the same list again does no harm. An empty one means that there is nobody, and never that nobody can tell. */
  readonly onMembers: (members: readonly MemberOptions[]) => void;
  /** It could not be found out who they are. Those that were told last stay, and the resolver goes on trying. */
  readonly onError: (error: unknown) => void;
}

/** A resolver that tells, for as long as it is to. */
export interface ResolverWatch {
  /**
   * The list may be out of date: the connection to a member of it was lost, or none of a new list could be reached. To ask again now is worth more than to wait for the usual time. Called as often as that
   * happens, so a resolver sees to it that many losses make one question. One that is told of changes by itself does without. Must not throw.
   */
  refresh?(): void;
  /** From the call on nothing more is told. Resolves when everything is let go. */
  close(): Promise<void>;
}

/**
 * Finds out which servers there are, and tells when that changes. It does nothing by itself: each watch has its own state, so that one resolver may be given to several clients, and each of them closes what
 * it has begun and no more.
 * @example
 * ```ts
 * const fromFile: Resolver = {
 *   watch({ onMembers, onError }) {
 *     const read = () => readFile('servers.json', 'utf8').then((text) => onMembers(JSON.parse(text)), onError);
 *     const timer = setInterval(read, 10_000).unref();
 *     void read();
 *     return { close: async () => clearInterval(timer) };
 *   },
 * };
 * ```
 */
export interface Resolver {
  /** Begins to tell: the first list as soon as it is known, then the whole list whenever it changes. */
  watch(listener: ResolverListener): ResolverWatch;
}

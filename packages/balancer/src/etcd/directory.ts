import type { EtcdEntry, EtcdEvent } from '@liberzmq/core/etcd';
import type { MemberOptions } from '../members/member-options.js';
import { readServerEntry } from './server-entry.js';

/** What is needed of an entry of etcd. */
export type Listed = Pick<EtcdEntry, 'key' | 'modRevision' | 'text'>;

/** What is needed of a change. */
export type Change = Listed & Pick<EtcdEvent, 'type'>;

interface Known {
  readonly modRevision: number;
  readonly text: string;
  /** Nothing, if what stands there is no entry. */
  readonly member: MemberOptions | undefined;
}

/** The servers that stand below a prefix, by their keys. */
export class Directory {
  readonly #onMalformed: (key: string, why: string) => void;
  #known = new Map<string, Known>();

  /** @param onMalformed is told of each value that is no entry, once. */
  constructor(onMalformed: (key: string, why: string) => void) {
    this.#onMalformed = onMalformed;
  }

  /** All that there is. */
  replace(entries: readonly Listed[]): void {
    const before = this.#known;
    this.#known = new Map(entries.map((entry) => [entry.key, this.#read(entry, before.get(entry.key))]));
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === 'delete') this.#known.delete(change.key);
      else this.#known.set(change.key, this.#read(change, undefined));
    }
  }

  /** Of those with the same address the one that was written last: a server that was started anew may stand there twice for a while. */
  members(): readonly MemberOptions[] {
    const byAddress = new Map<string, Known>();
    for (const known of this.#known.values()) {
      const { modRevision, member } = known;
      if (member?.address === undefined) continue;
      const other = byAddress.get(member.address);
      if (other === undefined || other.modRevision < modRevision) byAddress.set(member.address, known);
    }
    return [...byAddress.values()].flatMap(({ member }) => member ?? []);
  }

  #read(entry: Listed, before: Known | undefined): Known {
    const { key, modRevision } = entry;
    const text = entry.text();
    // In another store the same revision may be another value.
    if (before?.modRevision === modRevision && before.text === text) return before;
    const read = readServerEntry(text);
    if (typeof read !== 'string') return { modRevision, text, member: read };
    this.#onMalformed(key, read);
    return { modRevision, text, member: undefined };
  }
}

import type { Contract } from '../contract/contract.js';
import type { ContractDescription } from '../contract/description.js';
import { TYPE, type JsonSchema } from '../contract/json-form.js';
import { Budget } from './budget.js';
import type { Finding } from './finding.js';
import { compareSchemas } from './inclusion.js';
import { readDescription, type Compared } from './read-description.js';
import { TopicIndex } from './topic-index.js';

/** What a program does in a contract. */
export type Role = 'client' | 'server' | 'publisher' | 'subscriber' | 'pusher' | 'puller';

/** Something that does not fit, or perhaps not, between one program with the older contract and one with the newer. */
export interface Change {
  readonly kind: 'action' | 'topic' | 'task';
  readonly name: string;
  /** What of it; `name`: whether it is there at all. */
  readonly part: 'request' | 'response' | 'message' | 'data' | 'idempotent' | 'name';
  /** What the program with the older contract is. */
  readonly older: Role;
  /** What the program with the newer contract is. */
  readonly newer: Role;
  /** Where in the data, as a JSON pointer: `/user/age`; `*` stands for any item, and for any property without a name of its own. The data itself: `''`. */
  readonly path: string;
  /** What is wrong there, for people: `must be there, but may be missing`. */
  readonly message: string;
}

/** What {@link checkCompatibility} has found. */
export interface Compatibility {
  /** Whether nothing breaks, as far as that can be told. */
  readonly compatible: boolean;
  /** What breaks: there is data that one may send and the other refuses. */
  readonly breaking: readonly Change[];
  /** What may break or not: it cannot be told. */
  readonly unclear: readonly Change[];
}

const STEPS = 500_000;
/** Nothing is sent. */
const NO_DATA: JsonSchema = { [TYPE]: ['null', 'undefined'] };

type Subject = Pick<Change, 'kind' | 'name' | 'part' | 'older' | 'newer'>;

/**
 * What does not fit between programs with an older contract and programs with a newer one, in both directions: `older` and `newer` say of each change
 * who has which. Old clients that must work with the new server are concerned by those with `older: 'client'`.
 *
 * What is sent is compared with what is accepted. Properties that a schema does not speak of are taken not to be sent, so that an optional one may be
 * added. What cannot be compared is `unclear`: patterns and formats that differ, `not`, conditions, schemas that tell nothing.
 * @param older a contract, or its description: one that another program has sent may be anything
 * @throws MessageError PROTOCOL if it is neither
 */
export function checkCompatibility(
  older: Contract | ContractDescription,
  newer: Contract | ContractDescription,
): Compatibility {
  const [former, latter] = [readDescription(older), readDescription(newer)];
  return older === newer ? { compatible: true, breaking: [], unclear: [] } : new Check(former, latter).result();
}

class Check {
  readonly #older: Compared;
  readonly #newer: Compared;
  readonly #budget = new Budget(STEPS);
  readonly #breaking: Change[] = [];
  readonly #unclear: Change[] = [];

  constructor(older: Compared, newer: Compared) {
    this.#older = older;
    this.#newer = newer;
  }

  result(): Compatibility {
    this.#actions();
    this.#topics();
    this.#tasks();
    return { compatible: this.#breaking.length === 0, breaking: this.#breaking, unclear: this.#unclear };
  }

  #actions(): void {
    const client = { older: 'client', newer: 'server' } as const;
    const server = { older: 'server', newer: 'client' } as const;
    for (const [name, older, newer] of pairs(this.#older.actions, this.#newer.actions)) {
      const [toNewer, toOlder] = [client, server].map((roles) => ({ kind: 'action', name, ...roles }) as const);
      if (toNewer === undefined || toOlder === undefined) continue;
      if (older === undefined) this.#breaks({ ...toOlder, part: 'name' }, 'the older server does not know it');
      else if (newer === undefined) this.#breaks({ ...toNewer, part: 'name' }, 'the newer server does not know it');
      else {
        this.#requests({ ...toNewer, part: 'request' }, older.request, newer.request);
        this.#requests({ ...toOlder, part: 'request' }, newer.request, older.request);
        this.#responses({ ...toOlder, part: 'response' }, older.response, newer.response);
        this.#responses({ ...toNewer, part: 'response' }, newer.response, older.response);
        if (older.idempotent && !newer.idempotent) {
          this.#breaks({ ...toNewer, part: 'idempotent' }, 'the older client may repeat what must not be repeated now');
        } else if (!older.idempotent && newer.idempotent) {
          this.#breaks({ ...toOlder, part: 'idempotent' }, 'the newer client may repeat what must not be repeated yet');
        }
      }
    }
  }

  #topics(): void {
    const forward = { older: 'publisher', newer: 'subscriber' } as const;
    const back = { older: 'subscriber', newer: 'publisher' } as const;
    const [olders, newers] = [new TopicIndex(this.#older.topics), new TopicIndex(this.#newer.topics)];
    for (const name of new Set([...Object.keys(this.#older.topics), ...Object.keys(this.#newer.topics)])) {
      const [older, newer] = [olders.of(name), newers.of(name)];
      const [toNewer, toOlder] = [forward, back].map((roles) => ({ kind: 'topic', name, ...roles }) as const);
      if (toNewer === undefined || toOlder === undefined) continue;
      if (older === undefined) this.#breaks({ ...toNewer, part: 'name' }, 'the older publisher never publishes it');
      else if (newer === undefined)
        this.#breaks({ ...toOlder, part: 'name' }, 'the newer publisher no longer publishes it');
      else {
        this.#compare({ ...toNewer, part: 'message' }, older.message, newer.message);
        this.#compare({ ...toOlder, part: 'message' }, newer.message, older.message);
      }
    }
  }

  #tasks(): void {
    const forward = { older: 'pusher', newer: 'puller' } as const;
    const back = { older: 'puller', newer: 'pusher' } as const;
    for (const [name, older, newer] of pairs(this.#older.tasks, this.#newer.tasks)) {
      const [toNewer, toOlder] = [forward, back].map((roles) => ({ kind: 'task', name, ...roles }) as const);
      if (toNewer === undefined || toOlder === undefined) continue;
      if (older === undefined) this.#breaks({ ...toOlder, part: 'name' }, 'the older puller does not know it');
      else if (newer === undefined) this.#breaks({ ...toNewer, part: 'name' }, 'the newer puller no longer knows it');
      else {
        this.#compare({ ...toNewer, part: 'data' }, older.data, newer.data);
        this.#compare({ ...toOlder, part: 'data' }, newer.data, older.data);
      }
    }
  }

  #requests(subject: Subject, client: JsonSchema | null, server: JsonSchema | null): void {
    if (client !== null) this.#compare(subject, client, server ?? NO_DATA);
    else if (server !== null) this.#nothing(subject, server);
  }

  /** A client that expects no answer takes any. */
  #responses(subject: Subject, server: JsonSchema | null, client: JsonSchema | null): void {
    if (client === null) return;
    if (server === null) this.#nothing(subject, client);
    else this.#compare(subject, server, client);
  }

  /** What is not there arrives as `undefined` or as `null`, whichever the format has. */
  #nothing(subject: Subject, reader: JsonSchema): void {
    const [asNull, asUndefined] = ['null', 'undefined'].map((type) =>
      compareSchemas({ [TYPE]: type }, reader, this.#budget),
    );
    if (asNull?.length === 0 || asUndefined?.length === 0) return;
    const isCertain =
      asNull?.some(({ certain }) => certain) === true && asUndefined?.some(({ certain }) => certain) === true;
    this.#add(subject, { path: '', message: 'must be there, but there is none', certain: isCertain });
  }

  #compare(subject: Subject, writer: JsonSchema, reader: JsonSchema): void {
    for (const finding of compareSchemas(writer, reader, this.#budget)) this.#add(subject, finding);
  }

  #breaks(subject: Subject, message: string): void {
    this.#add(subject, { path: '', message, certain: true });
  }

  #add(subject: Subject, { path, message, certain }: Finding): void {
    (certain ? this.#breaking : this.#unclear).push({ ...subject, path, message });
  }
}

function pairs<T>(
  older: Readonly<Record<string, T>>,
  newer: Readonly<Record<string, T>>,
): readonly (readonly [string, T | undefined, T | undefined])[] {
  const names = new Set([...Object.keys(older), ...Object.keys(newer)]);
  const own = (entries: Readonly<Record<string, T>>, name: string): T | undefined =>
    Object.hasOwn(entries, name) ? entries[name] : undefined;
  return [...names].map((name) => [name, own(older, name), own(newer, name)]);
}

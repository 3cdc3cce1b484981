import type { MessageHeaders } from '../contract/message.js';
import { uuidv7 } from '../ids.js';
import { UNKNOWN_TYPE, type ClassicTask } from '../wire/classic/envelope.js';
import { KIND } from '../wire/native/format.js';
import type { NativeRecord } from '../wire/native/packet-reader.js';

/** A task as a handler gets it: the envelope that it travels in. What else the sender put into the envelope stands beside. */
export interface Task {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  /** For handlers to read: a pipe between two sockets keeps its order, whatever the priority. */
  readonly priority: number;
  /** When it was made, in ms since 1970. */
  readonly timestamp: number;
  readonly headers: MessageHeaders;
  readonly [extra: string]: unknown;
}

/** A task to be pushed. Only the type is needed. */
export interface NewTask {
  readonly type: string;
  readonly data?: unknown;
  /** @defaultValue a new UUID */
  readonly id?: string | undefined;
  /** @defaultValue 0 */
  readonly priority?: number | undefined;
  readonly headers?: MessageHeaders | undefined;
  readonly [extra: string]: unknown;
}

const FIELDS: ReadonlySet<string> = new Set(['id', 'type', 'data', 'priority', 'timestamp', 'headers']);

/** What came over the wire, as a task. */
export function taskFrom(wire: ClassicTask): Task {
  const { id, type, data, priority, timestamp, headers, extra } = wire;
  return { ...extra, id: id ?? uuidv7(), type, data, priority, timestamp, headers };
}

/** What came in a record, as a task. @param data its decoded body */
export function taskFromRecord(record: NativeRecord, data: unknown): Task {
  const { textId, subject: type = UNKNOWN_TYPE, priority = 0, moment: timestamp = Date.now(), headers } = record;
  const id = textId === '' ? uuidv7() : textId;
  if (record.kind !== KIND.taskWithExtra) return { id, type, data, priority, timestamp, headers };
  const parts: readonly unknown[] = Array.isArray(data) ? data : [data, undefined];
  const [own, extra] = parts.length === 1 ? [undefined, parts[0]] : parts;
  return { ...(typeof extra === 'object' ? extra : {}), id, type, data: own, priority, timestamp, headers };
}

/** The body of a task that says more than its data. An array has no place for `undefined`: without data there is the extra alone. */
export function withExtra(data: unknown, extra: Readonly<Record<string, unknown>>): readonly unknown[] {
  return data === undefined ? [extra] : [data, extra];
}

/** What a task has beyond the fields that all have; `undefined` if there is nothing. */
export function extraOf(task: Task): Readonly<Record<string, unknown>> | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key in task) {
    if (FIELDS.has(key)) continue;
    extra ??= {};
    extra[key] = task[key];
  }
  return extra;
}

/** A task as it goes over the wire. */
export function taskToWire(task: Task): Omit<ClassicTask, 'bare'> {
  const { id, type, data, priority, timestamp, headers, ...extra } = task;
  return { id, type, data, priority, timestamp, headers, extra };
}

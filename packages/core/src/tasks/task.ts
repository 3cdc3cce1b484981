import type { MessageHeaders } from '../contract/message.js';
import { MessageError } from '../errors/error-classes.js';
import { uuidv7 } from '../ids.js';
import { UNKNOWN_TYPE, type ClassicTask } from '../wire/classic/envelope.js';
import { KIND } from '../wire/native/format.js';
import type { NativeRecord } from '../wire/native/native-record.js';

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

const DATA = 'data';
const FIELDS: ReadonlySet<string> = new Set(['id', 'type', DATA, 'priority', 'timestamp', 'headers']);

/** Whether a task has a type and data alone. */
export function saysNoMore(task: NewTask): boolean {
  if (typeof task !== 'object' || (task as unknown) === null) return false;
  for (const key in task) if (key !== 'type' && key !== DATA) return false;
  return true;
}

/** What came over the wire, as a task. */
export function taskFrom(wire: ClassicTask): Task {
  const { id, type, data, priority, timestamp, headers, extra } = wire;
  return { ...extra, id: id ?? uuidv7(), type, data, priority, timestamp, headers };
}

/** What came in a record, as a task. @param body its decoded body @throws MessageError PROTOCOL */
export function taskFromRecord(record: NativeRecord, body: unknown): Task {
  const { textId, subject: type = UNKNOWN_TYPE, priority = 0, moment: timestamp = Date.now(), headers } = record;
  const id = textId === '' ? uuidv7() : textId;
  if (record.kind !== KIND.taskWithExtra) return { id, type, data: body, priority, timestamp, headers };
  const { data, ...extra } = fieldsFrom(body);
  return { ...extra, id, type, data, priority, timestamp, headers };
}

/**
 * The body of a task that has more than the fields that all have: the names of its fields, the data among them, and then their values. So bytes may be
 * any of them. A field that is `undefined` is left out: an array has no place for it.
 * @returns `undefined` if the task has no more
 */
export function bodyWithExtra(task: Task, data: unknown): readonly unknown[] | undefined {
  let names: string[] | undefined;
  for (const key in task) {
    if (FIELDS.has(key) || task[key] === undefined) continue;
    names ??= [];
    names.push(key);
  }
  if (names === undefined) return undefined;
  const values = names.map((name) => task[name]);
  return data === undefined ? [names, ...values] : [[DATA, ...names], data, ...values];
}

/** What {@link bodyWithExtra} has made, as it comes from the other side. */
function fieldsFrom(body: unknown): Readonly<Record<string, unknown>> {
  const [names, ...values] = Array.isArray(body) ? (body as readonly unknown[]) : [];
  if (!Array.isArray(names) || names.length !== values.length || !names.every((name) => typeof name === 'string')) {
    throw new MessageError('PROTOCOL', 'a task does not name its fields, one for each value');
  }
  return Object.fromEntries(names.map((name: string, index) => [name, values[index]]));
}

/** A task as it goes over the wire. */
export function taskToWire(task: Task): Omit<ClassicTask, 'bare'> {
  const { id, type, data, priority, timestamp, headers, ...extra } = task;
  return { id, type, data, priority, timestamp, headers, extra };
}

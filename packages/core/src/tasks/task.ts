import type { MessageHeaders } from '../contract/message.js';
import { uuidv7 } from '../ids.js';
import type { ClassicTask } from '../wire/classic/envelope.js';

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

/** What came over the wire, as a task. */
export function taskFrom(wire: ClassicTask): Task {
  const { id, type, data, priority, timestamp, headers, extra } = wire;
  return { ...extra, id: id ?? uuidv7(), type, data, priority, timestamp, headers };
}

/** A task as it goes over the wire. */
export function taskToWire(task: Task): Omit<ClassicTask, 'bare'> {
  const { id, type, data, priority, timestamp, headers, ...extra } = task;
  return { id, type, data, priority, timestamp, headers, extra };
}

import type { MessageHeaders } from '../../contract/message.js';
import type { Serializer } from '../../contract/serializer.js';
import type { LiberZMQError } from '../../errors/liberzmq-error.js';
import { readWireError, type WireError } from '../../errors/wire-error.js';
import { decodeWith, encodeWith } from '../../serializers/guarded.js';
import { json } from '../../serializers/json.js';
import { taggedJson } from './tagged-values.js';

/**
 * The classic dialect: what Python LiberZMQ speaks. A request and a task are one serialized object that carries its own type;
 * a reply is the serialized result, or an object whose `status` is `error`.
 */
export class ClassicCodec {
  readonly #ofEndpoint: () => Serializer;

  /** @param serializer the endpoint's; in this dialect our JSON carries Python's tags. */
  constructor(serializer: () => Serializer) {
    this.#ofEndpoint = serializer;
  }

  get #serializer(): Serializer {
    const serializer = this.#ofEndpoint();
    return serializer === json ? taggedJson : serializer;
  }

  encodeValue(value: unknown, what: string): Uint8Array {
    return encodeWith(this.#serializer, value, what);
  }

  decodeValue(bytes: Uint8Array, what: string): unknown {
    return decodeWith(this.#serializer, bytes, what);
  }

  encodeRequest(request: ClassicRequest): Uint8Array {
    const { action, data, requestId, headers } = request;
    const envelope: Record<string, unknown> = {
      type: action,
      data,
      timestamp: seconds(Date.now()),
      request_id: requestId,
    };
    if (hasEntries(headers)) envelope['headers'] = headers;
    return encodeWith(this.#serializer, envelope, `the data of request '${action}'`);
  }

  /** A body that is no envelope is a request of the type `unknown`, whole, so that a default handler can take it. */
  decodeRequest(bytes: Uint8Array): ClassicRequest {
    const body = decodeWith(this.#serializer, bytes, 'a request');
    if (!isEnvelope(body)) return { action: UNKNOWN_TYPE, data: body, requestId: undefined, headers: {} };
    return {
      action: body.type,
      data: body['data'],
      requestId: optionalString(body['request_id']),
      headers: readHeaders(body['headers']),
    };
  }

  encodeResult(result: unknown, action: string): Uint8Array {
    return encodeWith(this.#serializer, result, `the result of '${action}'`);
  }

  encodeError(error: WireError, action: string): Uint8Array {
    const reply: Record<string, unknown> = {
      status: 'error',
      message: error.message,
      request_type: action,
      code: error.code,
      retryable: error.retryable,
    };
    if (error.details !== undefined) reply['details'] = error.details;
    return encodeWith(this.#serializer, reply, `the error of '${action}'`);
  }

  /** A reply: the error that it is, if it is one. */
  decodeReply(bytes: Uint8Array, action: string): ClassicReply {
    const result = decodeWith(this.#serializer, bytes, `the reply to '${action}'`);
    return isRejection(result) ? { error: readWireError(result) } : { result };
  }

  encodeTask(task: Omit<ClassicTask, 'bare'>): Uint8Array {
    const { id, type, data, priority, timestamp, headers, extra } = task;
    const envelope: Record<string, unknown> = {
      ...extra,
      type,
      data,
      priority,
      timestamp: seconds(timestamp),
      task_id: id,
    };
    if (hasEntries(headers)) envelope['headers'] = headers;
    return encodeWith(this.#serializer, envelope, `the data of task '${type}'`);
  }

  /** A body that is no envelope is a task of the type `unknown`, whole. */
  decodeTask(bytes: Uint8Array): ClassicTask {
    const body = decodeWith(this.#serializer, bytes, 'a task');
    if (!isEnvelope(body)) {
      return {
        id: undefined,
        type: UNKNOWN_TYPE,
        data: body,
        priority: 0,
        timestamp: Date.now(),
        headers: {},
        extra: {},
        bare: true,
      };
    }
    const { type, data, priority, timestamp, task_id: id, headers, ...extra } = body as ClassicTaskEnvelope;
    return {
      id: optionalString(id),
      type,
      data,
      priority: typeof priority === 'number' ? priority : 0,
      timestamp: typeof timestamp === 'number' ? timestamp * 1000 : Date.now(),
      headers: readHeaders(headers),
      extra,
      bare: false,
    };
  }
}

/** The type of what arrived without saying which type it is. */
export const UNKNOWN_TYPE = 'unknown';

export interface ClassicRequest {
  readonly action: string;
  readonly data: unknown;
  readonly requestId: string | undefined;
  readonly headers: MessageHeaders;
}

export type ClassicReply = { readonly result: unknown } | { readonly error: LiberZMQError };

export interface ClassicTask {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: unknown;
  readonly priority: number;
  /** When it was made, in ms since 1970. On the wire it is in seconds, as Python has it. */
  readonly timestamp: number;
  readonly headers: MessageHeaders;
  /** Whatever else the envelope holds. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** It came, or goes, without an envelope. */
  readonly bare: boolean;
}

interface Envelope {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface ClassicTaskEnvelope extends Envelope {
  readonly data?: unknown;
  readonly priority?: unknown;
  readonly timestamp?: unknown;
  readonly task_id?: unknown;
  readonly headers?: unknown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEnvelope(value: unknown): value is Envelope {
  return isRecord(value) && typeof value['type'] === 'string';
}

/** An object with `status: 'error'` alone may well be a result; Python's errors name the request, ours carry a code. */
function isRejection(value: unknown): value is Record<string, unknown> {
  return (
    isRecord(value) &&
    value['status'] === 'error' &&
    (value['request_type'] !== undefined || value['code'] !== undefined)
  );
}

function readHeaders(value: unknown): MessageHeaders {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function hasEntries(headers: MessageHeaders): boolean {
  for (const key in headers) if (Object.hasOwn(headers, key)) return true;
  return false;
}

function optionalString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function seconds(ms: number): number {
  return ms / 1000;
}

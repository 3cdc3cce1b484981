import { checkKeys, checkOptions, type SerializerOptions } from '../options.js';
import { badOption } from './check-schema.js';
import type { MessageType } from './message-type.js';
import { MessageTypes } from './message-types.js';
import { describe } from './refusal.js';
import { readSchema, typeNamed, type ProtobufRoot } from './schema.js';
import { Subjects, type ActionTypes } from './subjects.js';

/** The types of what an action is sent, and of what it answers. One that is left out is not sent: the value is `undefined`. */
export interface ProtobufAction {
  data?: string;
  result?: string;
}

/** For `protobuf`. Types are named with their package: `calc.Add`. */
export interface ProtobufOptions extends SerializerOptions {
  /** The text of a `.proto` file, or a `Root` of protobufjs. */
  schema: string | ProtobufRoot;
  /** The types of actions, by action. */
  actions?: Readonly<Record<string, ProtobufAction>>;
  /** The types of topics, by topic or pattern as `Subscriber.subscribe` takes it. A topic itself counts before patterns, and these in their order. */
  topics?: Readonly<Record<string, string>>;
  /** The types of tasks, by task type. */
  tasks?: Readonly<Record<string, string>>;
  /** The type of all that a `Dealer` and a `Router` send each other. */
  route?: string;
  /**
   * How deep messages may be inside each other; one without others is 1 deep. From 1 on; `Infinity`: as deep as the stack allows.
   * @defaultValue 100, as in other implementations
   */
  maxDepth?: number;
}

const OPTIONS = ['schema', 'actions', 'topics', 'tasks', 'route', 'maxDepth', 'maxBytes'];
const ACTION_TYPES = ['data', 'result'];

/** Options that were checked, with their defaults. */
interface Settings extends Required<SerializerOptions> {
  readonly subjects: Subjects;
}

/** @throws ConfigurationError BAD_OPTION */
export function readOptions(options: ProtobufOptions): Settings {
  checkRecord('options', options);
  checkKeys('protobuf', options, OPTIONS);
  const { schema, actions, topics, tasks, route, ...limits } = options;
  const types = readSchema(schema);
  const made = new MessageTypes();
  const typeOf = (name: unknown, option: string): MessageType => made.of(typeNamed(types, name, option));
  const subjects = new Subjects({
    actions: new Map(entriesOf('actions', actions).map(([action, its]) => [action, actionTypes(action, its, typeOf)])),
    topics: entriesOf('topics', topics).map(([topic, name]) => [topic, typeOf(name, `topics['${topic}']`)]),
    tasks: new Map(entriesOf('tasks', tasks).map(([task, name]) => [task, typeOf(name, `tasks['${task}']`)])),
    route: route === undefined ? undefined : typeOf(route, 'route'),
  });
  return { ...checkOptions('protobuf', limits), subjects };
}

function actionTypes(
  action: string,
  its: unknown,
  typeOf: (name: unknown, option: string) => MessageType,
): ActionTypes {
  const where = `actions['${action}']`;
  checkRecord(where, its);
  checkKeys(`protobuf: ${where}`, its, ACTION_TYPES);
  const { data, result } = its;
  return {
    data: data === undefined ? undefined : typeOf(data, `${where}.data`),
    result: result === undefined ? undefined : typeOf(result, `${where}.result`),
  };
}

function entriesOf(option: string, value: unknown): [string, unknown][] {
  if (value === undefined) return [];
  checkRecord(option, value);
  return Object.entries(value);
}

function checkRecord(where: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badOption(`${where} must be an object, not ${describe(value)}`);
}

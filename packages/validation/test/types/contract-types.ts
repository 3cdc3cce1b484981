/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unnecessary-type-parameters -- of what must not compile, too */
import { Client, Publisher, Puller, Pusher, Service, Subscriber } from '@liberzmq/core';
import {
  defineContract,
  typedClient,
  typedPublisher,
  typedPuller,
  typedPusher,
  typedServer,
  typedSubscriber,
  validatorOf,
  type Contract,
  type Input,
  type Output,
} from '@liberzmq/validation';
import { type } from 'arktype';
import { Type } from 'typebox';
import * as v from 'valibot';
import { z } from 'zod';

/** Compiles if both types are the same. */
type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
declare function expectType<Wanted>(): <Given>(
  value: Given,
  ...same: Same<Given, Wanted> extends true ? [] : [never]
) => void;

const address = 'tcp://127.0.0.1:5555';

const contract = defineContract({
  version: '1.0.0',
  title: 'everything',
  actions: {
    calculate: {
      request: Type.Object({
        a: Type.Number(),
        b: Type.Number(),
        operation: Type.Optional(Type.Enum(['add', 'divide'])),
      }),
      response: Type.Object({ result: Type.Number() }),
      idempotent: true,
      timeoutMs: 1_000,
    },
    parse: { request: z.string().transform(Number), response: z.number().transform(String) },
    valibot: { request: v.object({ name: v.string() }), response: v.boolean() },
    arktype: { request: type({ age: 'number' }), response: type('string[]') },
    adapted: { request: validatorOf(Type.Object({ n: Type.Number() }), { coerce: true }), response: Type.Null() },
    ping: {},
    search: { request: Type.Union([Type.String(), Type.Undefined()]), response: Type.Array(Type.String()) },
    'user.create': { request: Type.String(), response: Type.Integer() },
    then: { response: Type.String() },
  },
  topics: {
    'user.created': { message: Type.Object({ name: Type.String() }) },
    'user.deleted': { message: Type.Object({ id: Type.Integer() }) },
    'prices.end': { message: Type.Object({ count: Type.Integer() }) },
    'prices.*': { message: Type.Number() },
    'log.>': { message: z.string().transform((text) => text.length) },
  },
  tasks: {
    resize: { data: Type.Object({ file: Type.String() }) },
    count: { data: z.string().transform(Number) },
  },
});

export async function clients(): Promise<void> {
  const client = typedClient(new Client({ address }), contract);

  // What is asked and answered.
  expectType<Promise<{ result: number }>>()(client.calculate({ a: 1, b: 2 }));
  expectType<Promise<{ result: number }>>()(client.calculate({ a: 1, b: 2, operation: 'add' }, { timeoutMs: 5 }));
  expectType<Promise<string>>()(client.parse('5'));
  expectType<Promise<boolean>>()(client.valibot({ name: 'Ada' }));
  expectType<Promise<string[]>>()(client.arktype({ age: 5 }));
  expectType<Promise<null>>()(client.adapted({ n: 5 }));
  expectType<Promise<undefined>>()(client.ping());
  expectType<Promise<string[]>>()(client.search());
  expectType<Promise<string[]>>()(client.search('text', { timeoutMs: 5 }));
  expectType<Promise<number>>()(client['user.create']('Ada'));
  expectType<Promise<{ result: number }>>()(client.call('calculate', { a: 1, b: 2 }));
  expectType<Promise<string>>()(client.call('then'));
  expectType<Promise<undefined>>()(client.call('ping', undefined, { timeoutMs: 5 }));

  // @ts-expect-error a property is missing
  void client.calculate({ a: 1 });
  // @ts-expect-error a property is of another type
  void client.calculate({ a: 1, b: '2' });
  // @ts-expect-error a property is not known
  void client.calculate({ a: 1, b: 2, c: 3 });
  // @ts-expect-error not one of the values
  void client.calculate({ a: 1, b: 2, operation: 'power' });
  // @ts-expect-error data is missing
  void client.calculate();
  // @ts-expect-error what is sent is what the schema takes, not what it makes of it
  void client.parse(5);
  // @ts-expect-error this action takes no data
  void client.ping(1);
  // @ts-expect-error there is no such action
  void client.multiply({ a: 1, b: 2 });
  // @ts-expect-error there is no such action
  void client.call('multiply', { a: 1, b: 2 });
  // @ts-expect-error the data is another action's
  void client.call('calculate', 'Ada');
  // @ts-expect-error a client is no promise
  void Promise.resolve(client.then);
  // @ts-expect-error there is no such option
  void client.calculate({ a: 1, b: 2 }, { timeout: 5 });
  const { result } = await client.calculate({ a: 1, b: 2 });
  // @ts-expect-error the result is a number
  result.trim();
}

export function servers(): void {
  const handlers = {
    parse: (n: number) => n,
    valibot: () => true,
    arktype: () => ['a'],
    adapted: () => null,
    ping: () => undefined,
    search: () => [],
    'user.create': () => 1,
    then: () => '',
  };
  const service = typedServer(new Service(), contract).handle({
    ...handlers,
    calculate: async (input, context) => {
      expectType<number>()(input.a);
      expectType<'add' | 'divide' | undefined>()(input.operation);
      expectType<string>()(context.action);
      return { result: await Promise.resolve(input.a) };
    },
    parse: (n) => {
      expectType<number>()(n);
      return n;
    },
    valibot: ({ name }) => name === '',
    arktype: ({ age }) => [String(age)],
    ping: (nothing) => {
      expectType<undefined>()(nothing);
    },
  });
  expectType<Service>()(service);

  // @ts-expect-error a handler is missing
  typedServer(new Service(), contract).handle(handlers);
  typedServer(new Service(), contract).handle({
    ...handlers,
    calculate: () => ({ result: 1 }),
    // @ts-expect-error a handler too many
    multiply: () => 1,
  });
  const withMultiply = { ...handlers, calculate: () => ({ result: 1 }), multiply: () => 1 };
  // @ts-expect-error a handler too many, in a variable
  typedServer(new Service(), contract).handle(withMultiply);
  typedServer(new Service(), contract).handle({
    ...handlers,
    // @ts-expect-error the result is of another type
    calculate: ({ a, b }) => ({ result: `${String(a)}${String(b)}` }),
  });
  typedServer(new Service(), contract).handle({
    ...handlers,
    // @ts-expect-error a property is not known
    calculate: ({ c }) => ({ result: c }),
  });
}

export async function topics(): Promise<void> {
  const publisher = typedPublisher(new Publisher({ address }), contract);
  await publisher.publish('user.created', { name: 'Ada' });
  await publisher.publish('prices.eur', 1.1, { timeoutMs: 5 });
  await publisher.publish('log.api.slow', 'text');
  // @ts-expect-error a message of another topic
  await publisher.publish('user.created', { id: 1 });
  // @ts-expect-error a message of another type
  await publisher.publish('prices.eur', '1.1');
  // @ts-expect-error there is no such topic
  await publisher.publish('user.renamed', { name: 'Ada' });

  const subscriber = typedSubscriber(new Subscriber({ address }), contract);
  subscriber.subscribe('user.created', (topic, message, context) => {
    expectType<'user.created'>()(topic);
    expectType<{ name: string }>()(message);
    expectType<string>()(context.topic);
  });
  subscriber.subscribe('user.*', (topic, message) => {
    if (topic === 'user.created') expectType<{ name: string }>()(message);
    else expectType<{ id: number }>()(message);
  });
  subscriber.subscribe('user.*', (topic, message, context) => {
    expectType<'user.created' | 'user.deleted'>()(topic);
    expectType<string>()(context.topic);
    return topic === 'user.created' ? message.name : message.id;
  });
  subscriber.subscribe('user.>', (topic) => {
    expectType<'user.created' | 'user.deleted'>()(topic);
  });
  subscriber.subscribe('prices.eur', (_topic, price) => {
    expectType<number>()(price);
  });
  subscriber.subscribe('prices.end', (topic, message) => {
    expectType<'prices.end'>()(topic);
    expectType<{ count: number }>()(message);
  });
  subscriber.subscribe('log.api.slow', (_topic, length) => {
    expectType<number>()(length);
  });
  subscriber.subscribe('>');
  // @ts-expect-error there is no such topic
  subscriber.subscribe('user.renamed', () => undefined);
  // @ts-expect-error no topic matches
  subscriber.subscribe('user.*.name', () => undefined);
  for await (const { topic, message } of subscriber) {
    if (topic === 'user.deleted') expectType<{ id: number }>()(message);
  }
}

export async function tasks(): Promise<void> {
  const pusher = typedPusher(new Pusher({ address }), contract);
  expectType<string>()(await pusher.pushTask('resize', { file: 'a.png' }, { priority: 1 }));
  await pusher.pushTask('count', '5');
  // @ts-expect-error what is sent is what the schema takes
  await pusher.pushTask('count', 5);
  // @ts-expect-error there is no such task
  await pusher.pushTask('crop', { file: 'a.png' });

  const puller = typedPuller(new Puller({ address }), contract);
  puller.registerTaskHandler('resize', (task, context) => {
    expectType<string>()(task.data.file);
    expectType<'resize'>()(task.type);
    expectType<string>()(task.id);
    expectType<string>()(context.type);
  });
  puller.registerTaskHandler('count', ({ data }) => {
    expectType<number>()(data);
  });
  // @ts-expect-error there is no such task
  puller.registerTaskHandler('crop', () => undefined);
}

/** A program for any contract. */
export async function anyContract(some: Contract): Promise<void> {
  const client = typedClient(new Service(), some);
  expectType<unknown>()(await client.call('ping'));
  expectType<unknown>()(await client.call('calculate', { a: 1 }, { timeoutMs: 5 }));
  await client.close();
}

export function definitions(): void {
  void anyContract(contract);
  // @ts-expect-error a contract has a version
  defineContract({ actions: {} });
  // @ts-expect-error that is no schema
  defineContract({ version: '1', topics: { news: { message: 'string' } } });
  // @ts-expect-error a topic has a message
  defineContract({ version: '1', topics: { news: {} } });
  // @ts-expect-error there is no such part
  defineContract({ version: '1', action: {} });
  const none = defineContract({ version: '1' });
  // @ts-expect-error this contract has no actions
  void typedClient(new Service(), none).call('ping');
  expectType<{ n: number }>()({ n: 1 } satisfies Input<(typeof contract)['actions']['adapted']['request']>);
  expectType<{ n: number }>()({ n: 1 } satisfies Output<(typeof contract)['actions']['adapted']['request']>);
}

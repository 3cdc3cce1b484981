import { defineContract } from '@liberzmq/validation';
import { Type } from 'typebox';

const Count = Type.Integer({ minimum: 0 });

const Price = Type.Object({ symbol: Type.String(), date: Type.String(), price: Type.Number() });
const Day = Type.Object({
  location: Type.String(),
  date: Type.String({ format: 'date' }),
  precipitation: Type.Number(),
  temp_max: Type.Number(),
  temp_min: Type.Number(),
  wind: Type.Number(),
  weather: Type.String(),
});
const Flight = Type.Object({
  date: Type.String(),
  delay: Type.Number(),
  distance: Type.Number(),
  origin: Type.String(),
  destination: Type.String(),
});

/** A record has its number over all streams and within its own. @template {import('typebox').TSchema} R @param {R} record */
const recordOf = (record) => Type.Object({ seq: Count, number: Count, sentAt: Type.Number(), record });

/** The last message of a stream says how many records it had. */
const End = Type.Object({ seq: Count, published: Count });

const Aggregate = Type.Object({
  count: Count,
  sum: Type.Number(),
  min: Type.Number(),
  max: Type.Number(),
  first: Type.Number(),
  latest: Type.Number(),
});
const Summary = Type.Interface([Aggregate], { topic: Type.String(), mean: Type.Number() });
const Interval = Type.Object({ mean: Type.Number(), low: Type.Number(), high: Type.Number() });

/** What the processes of the demo say to each other. All of them import it. */
export const contract = defineContract({
  version: '1.0.0',
  title: 'demo',
  topics: {
    'stocks.end': { message: End },
    'stocks.*': { message: recordOf(Price), description: 'A monthly price.' },
    'weather.end': { message: End },
    'weather.*': { message: recordOf(Day), description: 'The weather of a day.' },
    'flights.end': { message: End },
    'flights.*': { message: recordOf(Flight), description: 'A flight, by the airport that it left from.' },
  },
  actions: {
    topics: { response: Type.Array(Type.String()), idempotent: true, description: 'The topics, most records first.' },
    summary: {
      request: Type.String(),
      response: Type.Union([Summary, Type.Null()]),
      idempotent: true,
      description: 'What was seen on a topic, if anything was.',
    },
    waitFor: {
      request: Count,
      response: Type.Object({ records: Count, complete: Type.Boolean() }),
      idempotent: true,
      timeoutMs: 60_000,
      description: 'Answers when so many records have been seen, or all.',
    },
    copy: {
      response: Type.Object({
        last: Count,
        records: Count,
        published: Type.Record(Type.String(), Count),
        complete: Type.Boolean(),
        aggregates: Type.Record(Type.String(), Aggregate),
      }),
      idempotent: true,
      description: 'All that was seen, for another server.',
    },
  },
  tasks: {
    confidence: { data: Type.Array(Type.Number(), { minItems: 1 }), description: 'The delays of some flights.' },
    result: {
      data: Type.Object({ id: Type.String(), worker: Type.String(), interval: Interval, seen: Count }),
      description: 'What came of a job.',
    },
  },
});

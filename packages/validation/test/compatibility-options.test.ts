import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Type, type TSchema } from 'typebox';
import { checkCompatibility } from '../src/compatibility/check-compatibility.js';
import { defineContract } from '../src/contract/define-contract.js';
import { validatorOf, type SchemaOptions } from '../src/index.js';

/** Made anew for each use: TypeBox marks what is optional. */
type Make = () => TSchema;

const name = fc.constantFrom('a', 'b', 'c');

const { schema } = fc.letrec<{ schema: Make; object: Make }>((tie) => ({
  object: fc
    .tuple(fc.dictionary(name, fc.tuple(tie('schema'), fc.boolean()), { maxKeys: 3 }), fc.boolean())
    .map(([properties, isClosed]) => () => {
      const entries = Object.entries(properties).map(([key, [make, isOptional]]): [string, TSchema] => [
        key,
        isOptional ? Type.Optional(make()) : make(),
      ]);
      return Type.Object(Object.fromEntries(entries), isClosed ? { additionalProperties: false } : {});
    }),
  schema: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.constantFrom<Make>(
      () => Type.String(),
      () => Type.Number(),
      () => Type.Integer({ minimum: 0 }),
      () => Type.Literal('x'),
      () => Type.Null(),
      () => Type.Boolean(),
      () => Type.String({ default: 'd' }),
      () => Type.Number({ default: 3 }),
    ),
    tie('object'),
    tie('object'),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((all) => () => Type.Union(all.map((make) => make()))),
    fc.tuple(tie('object'), tie('object')).map((all) => () => Type.Intersect(all.map((make) => make()))),
    tie('schema').map((make) => () => Type.Array(make())),
    tie('schema').map((make) => () => Type.Record(Type.String(), make())),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((all) => () => Type.Tuple(all.map((make) => make()))),
  ),
}));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, 0, 1, 2.5, 'x', 'y', '5'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }).map((each) => ({ ...each })),
  ),
}));

const OPTIONS: SchemaOptions[] = [
  {},
  { defaults: true },
  { clean: 'strip' },
  { clean: 'refuse' },
  { coerce: true },
  { defaults: true, clean: 'strip', coerce: true },
  { defaults: true, clean: 'refuse' },
];

test.each(OPTIONS)(
  'a reader with %j accepts what nothing is found against',
  (options) => {
    const accepts = (written: TSchema, read: TSchema, values: readonly unknown[]): void => {
      const older = defineContract({ version: '1', tasks: { task: { data: written } } });
      const newer = defineContract({ version: '2', tasks: { task: { data: read } }, ...options });
      const { breaking, unclear } = checkCompatibility(older, newer);
      if ([...breaking, ...unclear].some((change) => change.older === 'pusher')) return;
      const [plain, closed] = [validatorOf(written), validatorOf(written, { clean: 'refuse' })];
      const isRefused = (validator: typeof plain, each: unknown): boolean => 'issues' in validator.check(each);
      for (const each of values) {
        if (isRefused(plain, each) || isRefused(closed, each)) continue;
        expect([written, read, each, validatorOf(read, options).check(each)]).toEqual([
          written,
          read,
          each,
          expect.not.objectContaining({ issues: expect.anything() as unknown }),
        ]);
      }
    };
    fc.assert(
      fc.property(
        fc.tuple(schema, schema, fc.boolean()),
        fc.array(value, { minLength: 30, maxLength: 30 }),
        ([one, other, isWider], values) => {
          accepts(one(), isWider ? Type.Union([other(), one()]) : other(), values);
        },
      ),
      { numRuns: 300 },
    );
  },
  60_000,
);

import type { TSchema } from 'typebox';
import { badOption, checkKeys } from '../options.js';
import type { StandardIssue, StandardProps, StandardResult, StandardSchemaV1 } from '../schema/standard-schema.js';
import { standardOf, type Input, type Output, type Schema } from '../schema/schema.js';
import type { Checked } from './checked.js';
import { keysOf } from './descriptions.js';
import { checkSchemaOptions, SCHEMA_OPTIONS, type SchemaOptions } from './schema-options.js';
import { StandardCheck } from './standard-check.js';
import { TypeBoxCheck } from './typebox-check.js';

/**
 * Checks data against a schema. It is a Standard Schema itself, and so may stand wherever a schema may: to give a TypeBox schema options, or to
 * other libraries.
 */
export class Validator<In = unknown, Out = In> implements StandardSchemaV1<In, Out> {
  readonly '~standard': StandardProps<In, Out>;
  /** What it was made of. */
  readonly schema: Schema;
  readonly options: SchemaOptions;
  readonly #check: TypeBoxCheck | StandardCheck;
  readonly #adapts: boolean;

  /** Made by {@link validatorOf}. */
  constructor(schema: Schema, options: SchemaOptions, check: TypeBoxCheck | StandardCheck) {
    this.schema = schema;
    this.options = options;
    this.#check = check;
    this.#adapts = check instanceof TypeBoxCheck;
    this['~standard'] = {
      version: 1,
      vendor: 'liberzmq',
      validate: (value) => {
        const checked = this.check(value);
        return checked instanceof Promise ? checked.then(standardResult) : standardResult(checked);
      },
    };
  }

  /** Whether a check never gives a promise. */
  get isSynchronous(): boolean {
    return this.#adapts;
  }

  /**
   * Checks data that has arrived. Gives what the schema makes of it: the value itself if it changes nothing. Never throws; a promise only where the
   * schema is asynchronous, and that never rejects. What was given is never changed.
   */
  check(value: unknown): Checked<Out> | Promise<Checked<Out>> {
    return this.#check.check(value) as Checked<Out> | Promise<Checked<Out>>;
  }

  /**
   * Checks data that is to be sent. Gives what to send: with a Standard Schema the value itself, since it is the receiver's to transform; with a
   * TypeBox schema what its options make of it, which is valid on the other side, too.
   */
  checkInput(value: unknown): Checked<In> | Promise<Checked<In>> {
    const checked = this.#check.check(value) as Checked<In> | Promise<Checked<In>>;
    if (this.#adapts) return checked;
    const asGiven = (each: Checked<In>): Checked<In> => (each.issues === undefined ? { value: value as In } : each);
    return checked instanceof Promise ? checked.then(asGiven) : asGiven(checked);
  }
}

const validators = new WeakMap<object, Map<string, Validator>>();

/**
 * The validator of a schema: one for each schema and options, so that asking again costs nothing. A schema must not be changed afterwards.
 * @throws ConfigurationError BAD_OPTION for what is no schema, for one that TypeBox could not check as it is meant (an unknown type or format, a
 * reference to nothing), for a pattern that may take too long, and for options with a Standard Schema
 */
export function validatorOf<S extends Schema>(schema: S, options: SchemaOptions = {}): Validator<Input<S>, Output<S>> {
  checkKeys('validatorOf', options, SCHEMA_OPTIONS);
  checkSchemaOptions('validatorOf', options);
  const standard = standardOf(schema);
  if (standard !== undefined) refuseOptions(options);
  const given: unknown = schema;
  if (isValidator(given)) return given as Validator<Input<S>, Output<S>>;
  const key = JSON.stringify(SCHEMA_OPTIONS.map((each) => options[each] ?? false));
  const known = validators.get(schema)?.get(key);
  if (known !== undefined) return known as Validator<Input<S>, Output<S>>;
  const validator = new Validator(
    schema,
    options,
    standard === undefined ? typeBoxCheck(schema, options) : standardCheck(standard),
  );
  const all = validators.get(schema) ?? new Map<string, Validator>();
  validators.set(schema, all.set(key, validator));
  return validator as Validator<Input<S>, Output<S>>;
}

function isValidator(value: unknown): value is Validator {
  return value instanceof Validator;
}

function refuseOptions(options: SchemaOptions): void {
  const given = SCHEMA_OPTIONS.find((key) => options[key] !== undefined);
  if (given === undefined) return;
  throw badOption(`validatorOf: option '${given}' is for TypeBox schemas; with a Standard Schema say it in the schema`);
}

function typeBoxCheck(schema: unknown, options: SchemaOptions): TypeBoxCheck {
  return new TypeBoxCheck(schema as TSchema, { ...options });
}

function standardCheck(standard: Partial<StandardProps>): StandardCheck {
  const { version, validate } = standard as { version?: unknown; validate?: unknown };
  if (version !== 1 || typeof validate !== 'function') {
    throw badOption('the schema is not one: a Standard Schema has the version 1, and validates');
  }
  return new StandardCheck(standard as StandardProps);
}

function standardResult<T>(checked: Checked<T>): StandardResult<T> {
  if (checked.issues === undefined) return checked;
  return {
    issues: checked.issues.map((issue): StandardIssue => ({ ...issue, path: keysOf(issue.path) })),
  };
}

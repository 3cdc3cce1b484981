import { jsonText, type JsonObject, type JsonSchema } from '../contract/json-form.js';
import { valuesOf } from './literals.js';
import { own, propertiesOf } from './merge.js';
import { ALL_TYPES, areApart, typeOfValue, typesOf } from './types.js';

const MOST_DEPTH = 3;

/** Whether it can be shown that no data is like both: of other types, of other values, or with such a property that one must have. */
export function areDisjoint(some: JsonObject, other: JsonObject, depth = 0): boolean {
  const [types, otherTypes] = [typesIn(some), typesIn(other)];
  if (types.every((type) => otherTypes.every((each) => areApart(type, each)))) return true;
  const [values, otherValues] = [valuesOf(some), valuesOf(other)];
  if (values !== undefined && otherValues !== undefined) {
    const texts = new Set(values.map(jsonText));
    if (!otherValues.some((value) => texts.has(jsonText(value)))) return true;
  }
  if (depth >= MOST_DEPTH || !isObject(types) || !isObject(otherTypes)) return false;
  const [properties, otherProperties] = [propertiesOf(some), propertiesOf(other)];
  const required = [...namesIn(some), ...namesIn(other)];
  return required.some((name) => {
    const [mine, theirs] = [own(properties, name), own(otherProperties, name)];
    return isPlain(mine) && isPlain(theirs) && areDisjoint(mine, theirs, depth + 1);
  });
}

/** Whether both are objects that say by the value of a property which kind they are of, and may be of the same. */
export function haveSameTag(some: JsonObject, other: JsonObject): boolean {
  const [properties, otherProperties] = [propertiesOf(some), propertiesOf(other)];
  const required = new Set(namesIn(other));
  return namesIn(some).some((name) => {
    const [mine, theirs] = [own(properties, name), own(otherProperties, name)];
    if (!required.has(name) || !isPlain(mine) || !isPlain(theirs)) return false;
    return valuesOf(mine) !== undefined && valuesOf(theirs) !== undefined && !areDisjoint(mine, theirs);
  });
}

function typesIn(schema: JsonObject): readonly string[] {
  const values = valuesOf(schema);
  if (values !== undefined) return values.map(typeOfValue);
  const types = typesOf(schema);
  return types === undefined ? ALL_TYPES : [...types];
}

function namesIn(schema: JsonObject): readonly string[] {
  return (schema['required'] ?? []) as readonly string[];
}

function isObject(types: readonly string[]): boolean {
  return types.every((type) => type === 'object');
}

/** What stands for itself: without references, and no union. */
function isPlain(schema: JsonSchema | undefined): schema is JsonObject {
  return typeof schema === 'object';
}

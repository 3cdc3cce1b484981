import type { Serializer } from '../contract/serializer.js';
import { badOption, describe } from '../options/check-options.js';
import { json } from './json.js';
import { raw } from './raw.js';

const registered = new Map<string, () => Serializer>();

/** The serializers by name, so that any endpoint can be given `serializer: 'name'`. One registry for the process. */
export const SerializerFactory = {
  /**
   * Registers a serializer, or a function or class that makes one (once, at first use). A name that is taken is replaced. By this name it is known on the
   * wire as well, whatever its own is: both sides register the same.
   * @throws ConfigurationError BAD_OPTION if what is given is neither.
   */
  register(name: string, serializer: Serializer | (() => Serializer) | (new () => Serializer)): void {
    if (typeof name !== 'string' || name === '')
      throw badOption(`SerializerFactory.register: the name must be a string that is not empty`);
    if (typeof serializer !== 'function') {
      const known = renamed(checkSerializer(serializer, `SerializerFactory.register('${name}')`), name);
      registered.set(name, () => known);
      return;
    }
    registered.set(name, makerOf(name, serializer));
  },

  /** The serializer of that name. @throws ConfigurationError BAD_OPTION that lists the names there are. */
  get(name: string): Serializer {
    const make = registered.get(name);
    if (make === undefined) {
      throw badOption(
        `unknown serializer ${describe(name)}; registered are ${SerializerFactory.names().join(', ')}. Register it with SerializerFactory.register(name, serializer)`,
      );
    }
    return make();
  },

  /** The serializer of that name, if there is one. */
  find(name: string): Serializer | undefined {
    return registered.get(name)?.();
  },

  /** The registered names, in alphabetical order. */
  names(): string[] {
    return [...registered.keys()].sort();
  },
};

SerializerFactory.register('json', json);
SerializerFactory.register('raw', raw);

/** The serializer that an option names or is. */
export function resolveSerializer(given: string | Serializer): Serializer {
  return typeof given === 'string' ? SerializerFactory.get(given) : checkSerializer(given, 'option serializer');
}

function checkSerializer(given: unknown, where: string): Serializer {
  const { name, serialize, deserialize } = (given ?? {}) as Partial<Serializer>;
  if (typeof name !== 'string' || typeof serialize !== 'function' || typeof deserialize !== 'function') {
    throw badOption(
      `${where}: a serializer has a name, a serialize(value) and a deserialize(bytes); this is ${describe(given)}`,
    );
  }
  return given as Serializer;
}

/** Makes the serializer of a name, once. */
function makerOf(name: string, make: (() => Serializer) | (new () => Serializer)): () => Serializer {
  let made: Serializer | undefined;
  let isBeingMade = false;
  return () => {
    if (made !== undefined) return made;
    if (isBeingMade) throw badOption(`the factory registered as '${name}' asks for '${name}' itself`);
    isBeingMade = true;
    try {
      const serializer = isClass(make) ? new make() : make();
      made = renamed(checkSerializer(serializer, `the factory registered as '${name}'`), name);
      return made;
    } finally {
      isBeingMade = false;
    }
  };
}

function isClass(make: (() => Serializer) | (new () => Serializer)): make is new () => Serializer {
  return /^class\b/.test(Function.prototype.toString.call(make));
}

function renamed(serializer: Serializer, name: string): Serializer {
  if (serializer.name === name) return serializer;
  const known: Serializer = {
    name,
    contentType: serializer.contentType,
    ...(serializer.bytes !== undefined && { bytes: serializer.bytes }),
    serialize: (value, message) => serializer.serialize(value, message),
    deserialize: (bytes, message) => serializer.deserialize(bytes, message),
  };
  for (const method of ['serializeAsync', 'serializeMany', 'deserializeMany'] as const) {
    const own: unknown = Reflect.get(serializer, method);
    if (typeof own === 'function') Reflect.set(known, method, own.bind(serializer));
  }
  return known;
}

import { describe, expect, it, jest } from '@jest/globals';
import type { Serializer } from '../../../src/contract/serializer.js';
import { json } from '../../../src/serializers/json.js';
import { resolveSerializer, SerializerFactory } from '../../../src/serializers/serializer-factory.js';

const named = (name: string): Serializer => ({ ...json, name });

describe('SerializerFactory', () => {
  it('knows json', () => {
    expect(SerializerFactory.get('json')).toBe(json);
    expect(SerializerFactory.names()).toContain('json');
  });

  it('gives out the serializer that was registered', () => {
    const serializer = named('instance');
    SerializerFactory.register('instance', serializer);
    expect(SerializerFactory.get('instance')).toBe(serializer);
  });

  it('calls a factory once, and only when it is asked for', () => {
    const factory = jest.fn(() => named('made'));
    SerializerFactory.register('made', factory);
    expect(factory).not.toHaveBeenCalled();
    const first = SerializerFactory.get('made');
    expect(SerializerFactory.get('made')).toBe(first);
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('asks a factory again that has failed', () => {
    let calls = 0;
    SerializerFactory.register('shaky', () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return named('shaky');
    });
    expect(() => SerializerFactory.get('shaky')).toThrow('not yet');
    expect(SerializerFactory.get('shaky').name).toBe('shaky');
  });

  it('replaces a name that is taken', () => {
    SerializerFactory.register('replaced', () => named('old'));
    SerializerFactory.get('replaced');
    const other = named('replaced');
    SerializerFactory.register('replaced', other);
    expect(SerializerFactory.get('replaced')).toBe(other);
  });

  it('gives a serializer the name that it is registered by, and keeps all that it does', async () => {
    class Shout implements Serializer {
      readonly name = 'shout';
      readonly contentType = 'text/plain';
      readonly #mark = '!';
      serialize = (value: unknown): Uint8Array => Buffer.from(`${String(value)}${this.#mark}`);
      deserialize(bytes: Uint8Array): unknown {
        return Buffer.from(bytes).toString().replace(this.#mark, '');
      }
      async serializeAsync(value: unknown): Promise<Uint8Array> {
        return Promise.resolve(this.serialize(value));
      }
    }
    SerializerFactory.register('loud', () => new Shout());
    const loud = SerializerFactory.get('loud');
    expect(loud).toMatchObject({ name: 'loud', contentType: 'text/plain' });
    expect(loud.deserialize(loud.serialize('hey'))).toBe('hey');
    expect(Buffer.from((await loud.serializeAsync?.('hey')) ?? []).toString()).toBe('hey!');
    expect(loud).not.toHaveProperty('serializeMany');
  });

  it('lists its names in alphabetical order', () => {
    SerializerFactory.register('b-last', json);
    SerializerFactory.register('a-first', json);
    const names = SerializerFactory.names();
    expect(names).toEqual(expect.arrayContaining(['a-first', 'b-last', 'json']));
    expect(names).toEqual([...names].sort());
  });

  it.each(['pickle', '', '__proto__', 'constructor'])('names the ones there are when asked for %j', (name) => {
    expect(() => SerializerFactory.get(name)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringMatching(new RegExp(`'${name}'; registered are .*\\bjson\\b`)),
      }),
    );
  });

  it.each(['', undefined, 5])('refuses the name %p', (name) => {
    expect(() => SerializerFactory.register(name as string, json)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });

  const BAD_SHAPES = [
    null,
    undefined,
    {},
    'json',
    { ...json, name: 5 },
    { ...json, serialize: 'x' },
    { ...json, deserialize: undefined },
  ];

  it.each(BAD_SHAPES)('refuses %p, at once or when the factory made it', (given) => {
    expect(() => SerializerFactory.register('bad', given as Serializer)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining("'bad'") }),
    );
    expect(SerializerFactory.names()).not.toContain('bad');
    SerializerFactory.register('bad-factory', () => given as Serializer);
    expect(() => SerializerFactory.get('bad-factory')).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining("'bad-factory'") }),
    );
  });
});

describe('the serializer of an option', () => {
  it('is a registered name or a serializer', () => {
    const own = named('own');
    expect(resolveSerializer('json')).toBe(json);
    expect(resolveSerializer(own)).toBe(own);
  });

  it.each(['nobody', {}, null, 5])('is refused: %p', (given) => {
    expect(() => resolveSerializer(given as string)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

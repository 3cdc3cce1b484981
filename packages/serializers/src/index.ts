import { SerializerFactory } from '@liberzmq/core';
import { cbor } from './cbor/index.js';
import { compressed } from './compressed/index.js';
import { msgpack } from './msgpack/index.js';
import { protobuf } from './protobuf/index.js';
import { structuredCloneSerializer } from './structured-clone/index.js';

SerializerFactory.register('cbor', () => cbor());
SerializerFactory.register('msgpack', () => msgpack());
SerializerFactory.register('structured_clone', () => structuredCloneSerializer());

for (const inner of ['cbor', 'json', 'msgpack', 'structured_clone']) {
  SerializerFactory.register(`compressed_${inner}`, () => compressed(inner));
}

export { cbor, compressed, msgpack, protobuf, structuredCloneSerializer };
export type { CompressedOptions } from './compressed/index.js';
export type { SerializerOptions } from './options.js';
export type { ProtobufAction, ProtobufOptions, ProtobufRoot } from './protobuf/index.js';

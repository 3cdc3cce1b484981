import { SerializerFactory } from '@liberzmq/core';
import { cbor } from './cbor/index.js';
import { msgpack } from './msgpack/index.js';
import { structuredCloneSerializer } from './structured-clone/index.js';

SerializerFactory.register('cbor', () => cbor());
SerializerFactory.register('msgpack', () => msgpack());
SerializerFactory.register('structured_clone', () => structuredCloneSerializer());

export { cbor, msgpack, structuredCloneSerializer };
export type { SerializerOptions } from './options.js';

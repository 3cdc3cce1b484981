import type { Serializer } from '../contract/serializer.js';

/** Bytes as they are. What comes out is a view of what came in. */
export const raw: Serializer = {
  name: 'raw',
  contentType: 'application/octet-stream',
  serialize(value) {
    if (value instanceof Uint8Array) return value;
    throw new TypeError('only a Uint8Array or a Buffer is bytes');
  },
  deserialize: (bytes) => bytes,
};

import { createRequire } from 'node:module';
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import { SerializerFactory } from '@liberzmq/core';
import { protobuf } from '@liberzmq/serializers';
import protobufjs from 'protobufjs';

/** @typedef {{ encode: (value: any) => Uint8Array, decode: (bytes: Buffer) => unknown }} Coder */

/**
 * A format as ours has it, beside the library that does the work in it, by itself and with the same options.
 *
 * @typedef {{ name: string, library: string, bare: (value: import('./values.mjs').Value) => Coder, ours: (value: import('./values.mjs').Value) => Coder }} Format
 */

// As ours loads them: what an import gives is another build.
const require = createRequire(import.meta.url);
const { Packr } = /** @type {typeof import('msgpackr')} */ (require('msgpackr'));
const { Encoder } = /** @type {typeof import('cbor-x')} */ (require('cbor-x'));

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  onInvalidDate() {
    throw new RangeError('a Date is invalid');
  },
});
const encoder = new Encoder(
  /** @type {import('cbor-x').Options} */ ({
    useRecords: false,
    variableMapSize: true,
    useTag259ForMaps: true,
    useToJSON: true,
  }),
);

const SCHEMA = `
  syntax = "proto3";
  message Reading {
    uint32 id = 1;
    string name = 2;
    string unit = 3;
    repeated double values = 4;
    uint32 at = 5;
    repeated string tags = 6;
  }
  message Readings {
    uint32 id = 1;
    repeated Reading rows = 2;
  }
`;
const { root } = protobufjs.parse(SCHEMA);
/** So that what comes out is what ours gives: plain objects, with what was not sent, names of enums, BigInt and Buffer. */
const AS_OURS = { defaults: true, arrays: true, objects: true, enums: String, longs: BigInt };
const readings = protobuf({ schema: SCHEMA, tasks: { Reading: 'Reading', Readings: 'Readings' } });

/** As ours has it where it is not told otherwise. */
const GZIP = { level: 1, from: 1_024 };

/** @type {Coder} */
const json = {
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString()),
};

/** @type {Coder} */
const GZIPPED = {
  encode: (value) => gzipSync(json.encode(value), { level: GZIP.level }),
  decode: (bytes) => json.decode(gunzipSync(bytes)),
};

/** @type {readonly Format[]} */
export const FORMATS = [
  format('json', 'JSON', json),
  format('msgpack', 'msgpackr', {
    encode: (value) => packr.pack(value),
    decode: (bytes) => packr.unpack(bytes),
  }),
  format('cbor', 'cbor-x', {
    encode: (value) => encoder.encode(value),
    decode: (bytes) => encoder.decode(bytes),
  }),
  format('structured_clone', 'node:v8', {
    encode: (value) => serialize(value),
    decode: (bytes) => deserialize(bytes),
  }),
  {
    name: 'protobuf',
    library: 'protobufjs',
    ours({ type }) {
      const message = /** @type {const} */ ({ pattern: 'task', subject: type });
      return {
        encode: (value) => readings.serialize(value, message),
        decode: (bytes) => readings.deserialize(bytes, message),
      };
    },
    bare({ type }) {
      const its = root.lookupType(type);
      return {
        // Without `fromObject`, which converts: these values are what `encode` takes already. Nor does it check anything, as ours does.
        encode: (value) => its.encode(value).finish(),
        decode: (bytes) => its.toObject(its.decode(bytes), AS_OURS),
      };
    },
  },
  {
    ...format('compressed_json', 'JSON and gzip', json),
    bare: ({ data }) => (json.encode(data).byteLength < GZIP.from ? json : GZIPPED),
  },
];

/**
 * @param {string} name
 * @param {string} library
 * @param {Coder} bare
 * @returns {Format}
 */
function format(name, library, bare) {
  const serializer = SerializerFactory.get(name);
  /** @type {Coder} */
  const ours = {
    encode: (value) => serializer.serialize(value),
    decode: (bytes) => serializer.deserialize(bytes),
  };
  return { name, library, bare: () => bare, ours: () => ours };
}

import { definePackage } from '@liberzmq-tooling/tsup';

export default definePackage({
  entries: {
    index: 'src/index.ts',
    'cbor/index': 'src/cbor/index.ts',
    'compressed/index': 'src/compressed/index.ts',
    'msgpack/index': 'src/msgpack/index.ts',
    'protobuf/index': 'src/protobuf/index.ts',
    'structured-clone/index': 'src/structured-clone/index.ts',
  },
});

import { definePackage } from '@liberzmq-tooling/tsup';

export default definePackage({
  entries: {
    index: 'src/index.ts',
    'compression/index': 'src/compression/index.ts',
    'etcd/index': 'src/etcd/index.ts',
    'options/index': 'src/options/index.ts',
    'requesters/index': 'src/requesters/index.ts',
    'resilience/index': 'src/resilience/index.ts',
  },
});

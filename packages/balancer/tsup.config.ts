import { definePackage } from '@liberzmq-tooling/tsup';

export default definePackage({ entries: { index: 'src/index.ts', 'etcd/index': 'src/etcd/index.ts' } });

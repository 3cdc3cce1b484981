import { definePackage } from '@liberzmq-tooling/tsup';

export default definePackage({
  entries: {
    index: 'src/index.ts',
    'jwt/index': 'src/jwt/index.ts',
    'opentelemetry/index': 'src/opentelemetry/index.ts',
    'prometheus/index': 'src/prometheus/index.ts',
  },
});

import { testReadmes } from '@liberzmq-tooling/testkit';

testReadmes([new URL('../README.md', import.meta.url)]);

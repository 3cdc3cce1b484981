import { installLeakGuard } from '@liberzmq-tooling/testkit/leak-guard';

installLeakGuard();

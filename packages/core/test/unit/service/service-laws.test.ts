import { describeRequesterLaws } from '@liberzmq-tooling/testkit';
import { Service } from '@liberzmq/core';

describeRequesterLaws('Service', (handlers) => ({
  requester: new Service({ handlers }),
  foreignErrors: 'unchanged',
  close: () => Promise.resolve(),
}));

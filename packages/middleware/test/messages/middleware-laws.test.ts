import { describeMiddleware } from '@liberzmq-tooling/testkit';
import { getLogger, type Middleware } from '@liberzmq/core';
import { auth } from '../../src/messages/auth.js';
import { authorize } from '../../src/messages/authorize.js';
import { cache } from '../../src/messages/cache.js';
import { compression } from '../../src/messages/compression.js';
import { correlation } from '../../src/messages/correlation.js';
import { dedupe } from '../../src/messages/dedupe.js';
import { hmac } from '../../src/messages/hmac.js';
import { logging } from '../../src/messages/logging.js';
import { rateLimit } from '../../src/messages/rate-limit.js';
import { sizeLimit } from '../../src/messages/size-limit.js';
import { timestamp } from '../../src/messages/timestamp.js';
import { when } from '../../src/messages/when.js';

const secret = 'a secret of thirty-two bytes or more';

describeMiddleware('timestamp', () => timestamp());
describeMiddleware('logging', () => logging(getLogger('laws')));
describeMiddleware('correlation', () => correlation());
describeMiddleware('compression', () => compression({ thresholdBytes: 1 }));
describeMiddleware('sizeLimit', () => sizeLimit({ maxBytes: 1_000 }));
describeMiddleware('rateLimit', () => rateLimit({ perSecond: 1_000 }));
describeMiddleware('dedupe', () => dedupe({ windowMs: 1_000 }));
describeMiddleware('authorize', () => authorize([{ subjects: '>', allow: true }]));
describeMiddleware('auth with hmac', () => auth(hmac({ keyId: 'me', secret })));
describeMiddleware('auth with a signature that takes a while', () => {
  const { sign, verify } = hmac({ keyId: 'me', secret });
  return auth({ sign: async (message) => sign(message), verify: async (given, message) => verify(given, message) });
});
describeMiddleware('cache of other actions', () => cache({ actions: ['other'], ttlMs: 1_000 }));
describeMiddleware('cache', () => ({ sender: cache({ actions: ['act.now'], ttlMs: 1_000 }), receiver: NOTHING }), {
  patterns: ['publish', 'task', 'route'],
});
describeMiddleware('when', () => when(() => true, timestamp()));

const NOTHING: Middleware = { name: 'nothing', incoming: (_message, next) => next() };

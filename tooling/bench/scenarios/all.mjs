import { balancer } from './balancer.mjs';
import { codecs } from './codecs.mjs';
import { features } from './features.mjs';
import { footprint } from './footprint.mjs';
import { memory } from './memory.mjs';
import { middleware } from './middleware.mjs';
import { large, medium } from './payloads.mjs';
import { pool } from './pool.mjs';
import { publish } from './publish.mjs';
import { push } from './push.mjs';
import { request } from './request.mjs';
import { validation } from './validation.mjs';

/** In the order in which they run and are shown. @type {readonly import('./scenario.mjs').Scenario[]} */
export const SCENARIOS = [
  request,
  push,
  publish,
  medium,
  large,
  features,
  middleware,
  validation,
  codecs,
  pool,
  balancer,
  memory,
  footprint,
];

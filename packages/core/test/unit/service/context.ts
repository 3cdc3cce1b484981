import type { MessageContext } from '../../../src/contract/message.js';
import { Cancellation } from '../../../src/timing/cancellation.js';
import { RequestContext } from '../../../src/service/handler-context.js';

/** The context of a request that another one may be made for. */
export function contextWith(facts: {
  deadline?: number;
  peer?: string;
  requestId?: string;
  cancellation?: Cancellation;
}): MessageContext {
  const { deadline = Infinity, peer, requestId, cancellation = new Cancellation() } = facts;
  return new RequestContext('outer', {
    headers: {},
    peer,
    principal: undefined,
    deadline,
    requestId,
    cancellation,
    replyHeaders: {},
  });
}

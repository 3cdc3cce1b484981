import { channel, type Channel } from 'node:diagnostics_channel';
import type { EndpointInfo } from '../contract/endpoint-info.js';

/** What happened to an endpoint, as the channel `liberzmq:endpoint` tells it. */
export interface EndpointDiagnostic {
  readonly endpoint: EndpointInfo;
  /** The name of one of its events, or `opened`: it is bound, or begins to connect. */
  readonly type: string;
  /** What the event says beside. */
  readonly event: object;
}

/**
 * Each step in the life of each endpoint, on a channel of `node:diagnostics_channel`. Whoever listens is called at once, in the midst of the work: what takes long there
 * takes long for all. Without listeners it costs a look at a property.
 */
export const endpointChannel = channel('liberzmq:endpoint') as Channel<unknown, EndpointDiagnostic>;

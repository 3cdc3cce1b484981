/** What anybody may know of an endpoint. */
export interface EndpointInfo {
  /** Its class: `Client`. Of a class that extends one of ours, ours. */
  readonly kind: string;
  readonly address: string;
  /** Where it is bound, with the port that was picked. */
  readonly boundAddress: string | undefined;
  stats(): EndpointStats;
}

/** What an endpoint has done since it was made. */
export interface EndpointStats {
  readonly sent: { readonly messages: number; readonly bytes: number };
  readonly received: { readonly messages: number; readonly bytes: number };
  /** Peers that have completed the handshake. Of `inproc` connections libzmq tells nothing: they do not count. */
  readonly peers: number;
  /** Requests that wait for their answer, or handlers that run. */
  readonly inFlight: number;
  /** What waits in our outboxes. */
  readonly queued: { readonly messages: number; readonly bytes: number };
  /** Messages that were dropped, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** Errors, by code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Messages in both directions, of which those that come are iterated over, once. Leaving the loop ends the stream. */
export interface MessageStream extends AsyncIterable<Uint8Array> {
  write(message: Uint8Array): void;
  /** Ends it because the member does not answer, which counts as a failure of the member. The loop ends with an error. */
  giveUp(): void;
}

/** What opens streams to the cluster. */
export interface StreamSource {
  /**
   * Opens a stream to the member that is used.
   * @param method of gRPC: `/etcdserverpb.Watch/Watch`.
   * @param what as errors say it: `watch of '/a'`.
   * @param deadline of connecting, on the clock of `performance.now()`.
   * @param signal ends the connecting, and the stream.
   * @throws LiberZMQError as a call does
   */
  openStream(method: string, what: string, deadline: number, signal: AbortSignal): Promise<MessageStream>;
  /** Whether what a stream has ended with may be over at the next try. */
  mayReopen(error: unknown): boolean;
}

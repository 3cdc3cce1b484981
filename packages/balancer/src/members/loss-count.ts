/**
 * Lost connections of one member, each of which is one failure, however many requests go with it; one that nothing was lost with is none. It makes no difference whether the client tells of the loss first or of the
 * requests. An error of this kind that comes while the connection lasts is none of its own: a server may answer with one, that of what is behind it.
 */
export class LossCount {
  /** A request was lost, and the connection is not known to be. */
  #isSuspected = false;
  #isCounted = false;

  /** There is a new connection. */
  connected(): void {
    this.#isSuspected = false;
    this.#isCounted = false;
  }

  /** The connection is gone. @returns whether that is a failure to be counted now */
  disconnected(): boolean {
    return this.#isSuspected && this.#count();
  }

  /**
   * A request has failed for want of the connection.
   * @param isConnected whether there is one, as far as is known.
   * @param hasLeft whether it was under way; else it was not sent, as a server that closes politely has it.
   * @returns whether that is a failure to be counted now
   */
  failed(isConnected: boolean, hasLeft: boolean): boolean {
    if (!isConnected) return this.#count();
    this.#isSuspected ||= hasLeft;
    return false;
  }

  #count(): boolean {
    if (this.#isCounted) return false;
    this.#isCounted = true;
    return true;
  }
}

/** How something is closed. */
export interface CloseOptions {
  /**
   * How long to wait for what is under way, in ms, before it is cut off. 0 cuts off at once; `Infinity` waits for ever.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
  /**
   * Whether to finish what is under way. `false` is the same as `timeoutMs: 0`.
   * @defaultValue true
   */
  drain?: boolean | undefined;
}

/** Something that holds resources until it is closed. */
export interface Closable {
  /** Takes no new work, finishes what is under way within the time, then lets go of everything. A second call returns the same promise. */
  close(options?: CloseOptions): Promise<void>;
}

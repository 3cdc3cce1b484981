/** A request as a ROUTER gives it, without the routing id. */
export interface RequestFrames {
  /** What stands before the body, to be put before the reply as well. */
  readonly envelope: readonly Buffer[];
  readonly body: Buffer;
}

/**
 * Parts envelope and body. The forms of the classic dialect: a body behind an empty delimiter (REQ, with or without ids before it),
 * `[id][body]` (the original library's Dealer), and a body alone.
 * @returns undefined for any other form
 */
export function splitRequest(frames: readonly Buffer[]): RequestFrames | undefined {
  const delimiter = frames.findIndex((frame) => frame.length === 0);
  if (delimiter === -1 ? frames.length > 2 : delimiter !== frames.length - 2) return undefined;
  const body = frames.at(-1);
  return body === undefined ? undefined : { envelope: frames.slice(0, -1), body };
}

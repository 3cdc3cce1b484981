/** The bodies of many messages as they are encoded together, one after the other. */
export interface BodyBlock {
  /**
   * Encodes one more body, at once: what its owner does to the value afterwards changes nothing.
   * @returns how many bytes it takes in the block, about. Or, if those would be more than `mostBytes`, its encoding by itself, as
   * {@link Serializer.serialize} gives it: then it is not added.
   * @throws if it cannot be encoded; the block is then as it was before.
   */
  add(value: unknown, mostBytes: number): number | Uint8Array;
  /** Everything that was added, in order, as bytes or as text to be written in UTF-8. Called once. */
  finish(): Uint8Array | string;
  /** Instead of {@link finish} where just one body was added: that one by itself, as {@link Serializer.serialize} gives it. */
  finishAlone?(): Uint8Array | string;
}

/** Which message a value belongs to, for a serializer that has a type for each. */
export interface MessageInfo {
  /** `reply` is what an action answers with. */
  readonly pattern: 'request' | 'reply' | 'publish' | 'task' | 'route';
  /** The action, topic or task type; between a dealer and a router the id of the request. */
  readonly subject: string;
}

/** Turns values into bytes and back. */
export interface Serializer {
  /** The name by which it is registered and known on the wire: `json`. */
  readonly name: string;
  /** Its media type: `application/json`. */
  readonly contentType: string;
  /**
   * Where bytes may stand in a value. Where they may not, they travel as they are, beside the rest, which then goes as JSON.
   * @defaultValue 'anywhere'; `json` has no place for them at all
   */
  readonly bytes?: 'anywhere' | 'alone' | 'nowhere';
  /** @param message not given for the envelopes of the classic dialect, which hold a value and what it belongs to. */
  serialize(value: unknown, message?: MessageInfo): Uint8Array;
  deserialize(bytes: Uint8Array, message?: MessageInfo): unknown;
  /**
   * Called instead of {@link serialize} where there is time: gives the bytes at once, or has them made on another thread, so that a large value does not
   * hold up the event loop. Meanwhile the endpoint keeps the messages behind it waiting, so that their order stays as it was.
   */
  serializeAsync?(value: unknown, message?: MessageInfo): Uint8Array | Promise<Uint8Array>;
  /** Begins a block in which the bodies of messages that travel together are encoded together. Worth having where that is faster or smaller than one by one. */
  serializeMany?(): BodyBlock;
  /** The bodies of a block, in their order. Needed where there is {@link serializeMany}. */
  deserializeMany?(bytes: Uint8Array): unknown[];
}

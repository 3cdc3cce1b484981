/** Turns values into bytes and back. */
export interface Serializer {
  /** The name by which it is registered and known on the wire: `json`. */
  readonly name: string;
  /** Its media type: `application/json`. */
  readonly contentType: string;
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
  /** Encodes the bodies of many messages together. Worth having where that is faster or smaller than one by one. */
  serializeMany?(values: readonly unknown[]): Uint8Array;
  deserializeMany?(bytes: Uint8Array): unknown[];
}

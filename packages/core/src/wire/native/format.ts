/** The first bytes of a packet: no UTF-8 text and no MessagePack begins with the first of them. */
export const MAGIC = [0xc1, 0x4c, 0x5a] as const;

/** Peers of another major version do not understand each other; anything less is added in ways that an older receiver skips. */
export const MAJOR = 1;

/** What a record is. Kinds from {@link CRITICAL} on must be understood; a receiver skips others that it does not know. */
export const KIND = {
  request: 1,
  response: 2,
  error: 3,
  cancel: 4,
  message: 5,
  task: 6,
  /** A task that says more than its data: its body is an array of the names of its fields, and then their values. */
  taskWithExtra: 7,
  ping: 8,
  pong: 9,
  announce: 10,
  goodbye: 11,
  /** The bodies of many records, encoded together. */
  block: 12,
  /** Many records in one: of one kind, with ids and bodies in a row, and all else in common. */
  run: 13,
} as const;

export type Kind = (typeof KIND)[keyof typeof KIND];

/** Kinds of records and types of extensions from here on may not be skipped. */
export const CRITICAL = 0x80;

/** Whether a record is about the connection or another record, and carries nothing of the user's. */
export function isControl(kind: number): boolean {
  return kind === KIND.cancel || kind >= KIND.ping;
}

/** Header extensions of a packet. */
export const EXTENSION = { session: 1, sender: 2, checksum: 3 } as const;

/** Strings that every packet has from the start, numbered from 1: the names of the usual codecs. Others may be added behind them, by a new major version. */
export const WELL_KNOWN: readonly string[] = ['json', 'raw', 'msgpack', 'cbor', 'structured_clone', 'protobuf'];

/** The header of a request without a body: the codec of its answer, which goes by the request's body otherwise. */
export const ANSWER_IN = 'lz-answer-in';

/** Where a record's body is: bits 0 and 1 of its flags. */
export const BODY = { none: 0, inline: 1, attachment: 2, block: 3 } as const;

export type BodyForm = (typeof BODY)[keyof typeof BODY];

/** The codec of a body that is several values, each in an encoding of its own: their parts, one after the other. */
export const PARTS = 'parts';

/** What stands before each part: the number of its codec in {@link WELL_KNOWN}, and in four bytes how long it is. */
export const PART_HEAD_BYTES = 5;

/** What a record has beside its id: bits 2 to 7 of its flags. */
export const FLAG = {
  timeLeft: 0x04,
  subject: 0x08,
  headers: 0x10,
  /** When a task was made. */
  moment: 0x20,
  priority: 0x40,
  /** Fields of a later minor version, skipped by length. */
  extension: 0x80,
} as const;

/** What a receiver takes. A sender keeps to the same. */
export const LIMITS = {
  /** Bytes of one record, its body included; a larger body is an attachment. Three bytes hold the length. */
  recordBytes: 0xff_ffff,
  /** Records in a packet. */
  records: 0xffff,
  /** Bytes of all header extensions of a packet together. */
  extensionBytes: 1_024,
  /** Bytes of an action, a topic, a type, a codec's name, or the key of a header. */
  subjectBytes: 4_096,
  /** Bytes of the id of a sender. */
  senderBytes: 255,
  /** Headers of a record, and the bytes of their values together. */
  headers: 128,
  headerBytes: 16 * 1_024,
  /** Parts of a body. */
  parts: 0xffff,
  /** The largest whole number on the wire. */
  number: Number.MAX_SAFE_INTEGER,
} as const;

/** Who sent a packet: a process's endpoint, in one of its lives. */
export interface SenderMark {
  /** Stays the same as long as the endpoint's user wants it to: 1 to 255 bytes of UTF-8. */
  readonly id: string;
  /** Grows with every start. */
  readonly epoch: number;
}

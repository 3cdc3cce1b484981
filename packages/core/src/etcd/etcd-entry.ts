/** What is known of a key and its value. */
export interface EtcdEntryFields {
  readonly keyBytes: Uint8Array;
  /** Empty if the key was deleted. */
  readonly value: Uint8Array;
  /** How often it was written since it was created; 0 if it was deleted. */
  readonly version: number;
  /** The revision in which it was created. */
  readonly createRevision: number;
  /** The revision in which it was last written, or deleted. */
  readonly modRevision: number;
  /** The lease that it goes with; `0n` if there is none. */
  readonly lease: bigint;
}

/** A key with its value, as etcd had it in one revision. */
export class EtcdEntry implements EtcdEntryFields {
  readonly keyBytes: Uint8Array;
  readonly value: Uint8Array;
  readonly version: number;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly lease: bigint;

  constructor(fields: EtcdEntryFields) {
    this.keyBytes = fields.keyBytes;
    this.value = fields.value;
    this.version = fields.version;
    this.createRevision = fields.createRevision;
    this.modRevision = fields.modRevision;
    this.lease = fields.lease;
  }

  /** The key, taken for UTF-8. */
  get key(): string {
    return textOf(this.keyBytes);
  }

  /** The value, taken for UTF-8. */
  text(): string {
    return textOf(this.value);
  }
}

/** A change of one key: what it was written with, or that it was deleted. */
export class EtcdEvent extends EtcdEntry {
  readonly type: 'put' | 'delete';

  constructor(type: 'put' | 'delete', fields: EtcdEntryFields) {
    super(fields);
    this.type = type;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

const SLAB_BYTES = 262_144;
/** What is free at least before a value is written: any number, any head, and a short text. */
const SLACK_BYTES = 256;

/** Memory that is written to from front to end, no place of it twice: what is finished may be on its way. */
export class Slab {
  /** Where the next byte goes. */
  at = 0;
  /** Where what is being written begins: it moves to another slab whole. */
  start = 0;
  slab: Buffer = Buffer.allocUnsafeSlow(0);
  protected view = new DataView(this.slab.buffer);
  /** Up to here there is room for whatever needs no more than the slack. */
  protected safeEnd = -1;

  /** Begins something new. A little that is kept must not keep a lot in memory: only large values are in large slabs. */
  begin(): void {
    if (this.at > this.safeEnd || this.slab.length > SLAB_BYTES) this.#useSlab(SLAB_BYTES, 0);
    this.start = this.at;
  }

  /** Bytes of what is being written. */
  get length(): number {
    return this.at - this.start;
  }

  /** Takes back what was written behind so many bytes. */
  rewind(length: number): void {
    this.at = this.start + length;
  }

  /** What was written behind so many bytes. */
  finished(from: number): Buffer {
    return this.slab.subarray(this.start + from, this.at);
  }

  /** Makes room for so many bytes, and the slack. */
  protected reserve(bytes: number): void {
    if (this.at + bytes <= this.safeEnd) return;
    const written = this.at - this.start;
    this.#useSlab(Math.max(SLAB_BYTES, 2 * (written + bytes + SLACK_BYTES)), written);
  }

  #useSlab(size: number, written: number): void {
    const slab = Buffer.allocUnsafeSlow(size);
    this.slab.copy(slab, 0, this.start, this.start + written);
    this.slab = slab;
    this.view = new DataView(slab.buffer);
    this.safeEnd = size - SLACK_BYTES;
    this.start = 0;
    this.at = written;
  }
}

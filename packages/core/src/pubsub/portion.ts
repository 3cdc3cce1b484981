import { Outgoing } from '../sockets/outgoing.js';

/** What has become of a portion. */
export type PortionEnd = 'sent' | 'dropped' | 'failed';

/** Some of what was kept for one subscriber: a packet that is already made, so that its messages leave together or not at all. */
export class Portion extends Outgoing {
  readonly #onEnd: (end: PortionEnd) => void;

  constructor(frames: Uint8Array[], bytes: number, onEnd: (end: PortionEnd) => void) {
    super(Infinity, Infinity, []);
    this.frames = frames;
    this.bytes = bytes;
    this.#onEnd = onEnd;
  }

  protected get lateWords(): string {
    return 'was not taken by the transport';
  }

  describe(): string {
    return 'some of what was kept for a subscriber, which is sent again';
  }

  onHandedOver(): void {
    if (this.end()) this.#onEnd('sent');
  }

  /** It is sent again. */
  override drop(): void {
    if (this.end()) this.#onEnd('dropped');
  }

  protected onFailed(): void {
    this.#onEnd('failed');
  }
}

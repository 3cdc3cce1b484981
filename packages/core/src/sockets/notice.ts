import { Outgoing } from './outgoing.js';

/** What a notice is part of. */
export interface NoticeOwner {
  /** What it is, for messages of errors. */
  describe(notice: Notice): string;
  /** It has failed: it was refused, its outbox was closed, or its peer is gone; only the last has been counted. Not told of one that the policy drops. */
  onLost?(notice: Notice): void;
}

const NO_SIGNALS: readonly never[] = [];

/** Something sent that nobody waits for: a reply, a sign of life, a message whose send has resolved already. */
export class Notice extends Outgoing {
  readonly #owner: NoticeOwner;

  constructor(owner: NoticeOwner) {
    super(Infinity, Infinity, NO_SIGNALS);
    this.#owner = owner;
  }

  protected get lateWords(): string {
    return 'was not taken by the transport';
  }

  describe(): string {
    return this.#owner.describe(this);
  }

  onHandedOver(): void {
    this.end();
  }

  /** Its outbox has counted it. */
  override drop(): void {
    this.end();
  }

  protected onFailed(): void {
    this.#owner.onLost?.(this);
  }
}

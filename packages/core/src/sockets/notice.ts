import { Outgoing } from './outgoing.js';

/** Something sent that nobody waits for: a reply, a sign of life. If it cannot be sent, that is counted where it waits. */
export class Notice extends Outgoing {
  protected readonly lateWords = 'was not taken by the transport';
  readonly #description: () => string;

  /** @param description what it is, for messages of errors. */
  constructor(description: () => string) {
    super(Infinity, Infinity, []);
    this.#description = description;
  }

  describe(): string {
    return this.#description();
  }

  onHandedOver(): void {
    this.end();
  }

  protected onFailed(): void {
    // There is nobody to tell.
  }
}

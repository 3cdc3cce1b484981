import type { EndpointStats } from '../contract/endpoint-info.js';

/** Counts what an endpoint does. */
export class StatsCounter {
  sentMessages = 0;
  sentBytes = 0;
  receivedMessages = 0;
  receivedBytes = 0;
  readonly #drops = new Map<string, number>();
  readonly #errors = new Map<string, number>();

  sent(messages: number, bytes: number): void {
    this.sentMessages += messages;
    this.sentBytes += bytes;
  }

  received(frames: readonly Buffer[]): void {
    this.receivedMessages += 1;
    for (const frame of frames) this.receivedBytes += frame.length;
  }

  dropped(reason: string): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
  }

  failed(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  snapshot(now: Pick<EndpointStats, 'peers' | 'inFlight' | 'queued'>): EndpointStats {
    return {
      sent: { messages: this.sentMessages, bytes: this.sentBytes },
      received: { messages: this.receivedMessages, bytes: this.receivedBytes },
      ...now,
      drops: Object.fromEntries(this.#drops),
      errors: Object.fromEntries(this.#errors),
    };
  }
}

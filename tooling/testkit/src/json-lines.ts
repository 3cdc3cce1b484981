/** An object that a child process wrote on a line of its own. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** How long to wait for a line. */
export interface NextLineOptions {
  /** In ms. @defaultValue 10000, half of what a test may take */
  timeoutMs?: number;
}

const PATIENCE_MS = 10_000;

interface LineWaiter {
  resolve(line: JsonObject): void;
  reject(error: Error): void;
}

/**
 * What a child process writes, one JSON object a line. Every wait ends: with a line, with the end of the process, or when the time is up.
 */
export class JsonLines implements AsyncIterable<JsonObject> {
  readonly #lines: JsonObject[] = [];
  readonly #waiters = new Set<LineWaiter>();
  readonly #describe: () => string;
  #rest = '';
  #failure: Error | undefined;
  #ended = false;

  /** @param describe what is known of the process, for errors. */
  constructor(describe: () => string) {
    this.#describe = describe;
  }

  /** Takes output as it comes, in pieces of any size. */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#take(line);
  }

  /** There will be no more output. */
  end(): void {
    this.#ended = true;
    if (this.#rest.trim() !== '') this.#take(this.#rest);
    this.#rest = '';
    for (const waiter of [...this.#waiters]) waiter.reject(this.#endError());
  }

  /** The next line. Rejects when the time is up, when the process has ended, or when it wrote something else than a JSON object. */
  nextLine({ timeoutMs = PATIENCE_MS }: NextLineOptions = {}): Promise<JsonObject> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.reject(this.#endError());
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: LineWaiter = {
        resolve: (next) => {
          settle();
          resolve(next);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiter.reject(new Error(`no line came within ${timeoutMs} ms from ${this.#describe()}`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  /** The next lines, as many as asked for. The time is for each of them. */
  async nextLines(count: number, options?: NextLineOptions): Promise<JsonObject[]> {
    const lines: JsonObject[] = [];
    while (lines.length < count) lines.push(await this.nextLine(options));
    return lines;
  }

  /** All lines until the process ends. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<JsonObject> {
    while (!this.#ended || this.#lines.length > 0) {
      try {
        yield await this.nextLine();
      } catch (error) {
        if (this.#ended && this.#failure === undefined) return;
        throw error;
      }
    }
  }

  #take(text: string): void {
    const line = parse(text);
    const [waiter] = this.#waiters;
    if (line === undefined) {
      this.#failure ??= new Error(`${JSON.stringify(text)} is no JSON object; it was written by ${this.#describe()}`);
      for (const each of [...this.#waiters]) each.reject(this.#failure);
    } else if (waiter === undefined) {
      this.#lines.push(line);
    } else {
      waiter.resolve(line);
    }
  }

  #endError(): Error {
    return new Error(`there is no further line from ${this.#describe()}`);
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

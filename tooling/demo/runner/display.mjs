const LINE_MS = 1_000;
const FRAME_MS = 200;

/** @typedef {(code: 'bold' | 'dim' | 'red' | 'green', text: string) => string} Paint */

const CODES = { bold: 1, dim: 2, red: 31, green: 32 };

/**
 * Shows how far things are: in a terminal, lines that are drawn anew in place; elsewhere, a line in the log each second. What happened
 * stays above. Colours only where the terminal has them, and not with NO_COLOR.
 */
export class Display {
  #stream;
  #current;
  #redraws;
  #drawn = 0;
  #timer;
  #started = performance.now();

  /**
   * @param {NodeJS.WriteStream} stream
   * @param {{ lines: (paint: Paint) => string[], summary: () => string }} current what there is to be seen at this moment, as lines for a terminal and as one for a log
   */
  constructor(stream, current) {
    this.#stream = stream;
    this.#current = current;
    this.#redraws = stream.isTTY && process.env.TERM !== 'dumb';
    this.#timer = setInterval(() => this.#show(), this.#redraws ? FRAME_MS : LINE_MS);
  }

  /** @type {Paint} */
  paint = (code, text) => {
    const hasColors = this.#stream.isTTY && this.#stream.hasColors();
    return hasColors ? `\u001b[${CODES[code]}m${text}\u001b[0m` : text;
  };

  /** Something happened. @param {string} text */
  event(text) {
    this.#clear();
    this.#stream.write(`${this.#time()}  ${text}\n`);
    if (this.#redraws) this.#draw();
  }

  /** Shows the last state, and nothing more. */
  end() {
    clearInterval(this.#timer);
    this.#show();
  }

  #show() {
    if (this.#redraws) {
      this.#clear();
      this.#draw();
    } else {
      this.#stream.write(`${this.#time()}  ${this.#current.summary()}\n`);
    }
  }

  #draw() {
    const lines = this.#current.lines(this.paint);
    this.#drawn = lines.length;
    // Without wrapping, as many lines are on the screen as were written.
    this.#stream.write(`\u001b[?7l${lines.join('\n')}\n\u001b[?7h`);
  }

  #clear() {
    if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }

  #time() {
    const seconds = (performance.now() - this.#started) / 1_000;
    return this.paint('dim', `${seconds.toFixed(1).padStart(5)} s`);
  }
}

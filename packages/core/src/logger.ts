import type { Logger, LogMethod } from './contract/logger.js';
import { messageOf } from './errors/wire-error.js';
import { checkOptions, option, type OptionCheck } from './options/check-options.js';
import { requireHere } from './require-here.js';

/** How the library logs. */
export interface LoggingOptions {
  /**
   * From which level on: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.
   * @defaultValue the environment variable LIBERZMQ_LOG_LEVEL, else `silent`: a library that nobody configured says nothing
   */
  level?: string;
  /** A pino logger of your own, to write through. Its level holds unless `level` is given. */
  logger?: Logger;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** A logger has a method for each level, and makes children. */
const LOGGER: OptionCheck = (value) => {
  const logger = (value ?? {}) as Record<string, unknown>;
  return [...LEVELS, 'child'].every((method) => typeof logger[method] === 'function') ? undefined : 'a pino logger';
};

/** What is written through. Made with the first line, unless it was given. */
let root: Logger | undefined;
/** The level that was asked for, where no logger was given. */
let wantedLevel: string | undefined;
let generation = 0;
/** Whether pino was wanted and not there. */
let cannotLog = false;

/**
 * Sets how the library logs, for loggers that exist already as well.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * configureLogging({ level: 'info' });
 * ```
 */
export function configureLogging(options: LoggingOptions): void {
  checkOptions('configureLogging', options, { level: option.oneOf(...LEVELS, 'silent'), logger: LOGGER });
  const { logger, level } = options;
  root = logger === undefined || level === undefined ? logger : withLevel(logger, level);
  wantedLevel = level;
  generation += 1;
}

/** A pino logger that names its source in each line. Pino is loaded only when something is to be logged. */
export function getLogger(name: string): Logger {
  return new LazyLogger({ name });
}

/** Stands for a pino logger until the first line that would be written, and follows later calls of {@link configureLogging}. */
class LazyLogger implements Logger {
  declare readonly trace: LogMethod;
  declare readonly debug: LogMethod;
  declare readonly info: LogMethod;
  declare readonly warn: LogMethod;
  declare readonly error: LogMethod;
  declare readonly fatal: LogMethod;
  readonly #bindings: Record<string, unknown>;
  #target: Logger | undefined;
  #generation = -1;
  #ownLevel: string | undefined;

  constructor(bindings: Record<string, unknown>) {
    this.#bindings = bindings;
  }

  get level(): string {
    return this.#ownLevel ?? root?.level ?? wantedLevel ?? levelFromEnvironment();
  }

  set level(level: string) {
    this.#ownLevel = level;
    this.#generation = -1;
  }

  child(bindings: Record<string, unknown>): Logger {
    const child = new LazyLogger({ ...this.#bindings, ...bindings });
    if (this.#ownLevel !== undefined) child.level = this.#ownLevel;
    return child;
  }

  write(level: (typeof LEVELS)[number], args: [object, string?] | [string]): void {
    if (root === undefined && !isAtLeast(level, this.level)) return;
    if (this.#generation !== generation || this.#target === undefined) {
      root ??= createPino();
      if (root === undefined) return;
      this.#target = root.child(this.#bindings);
      if (this.#ownLevel !== undefined) this.#target.level = this.#ownLevel;
      this.#generation = generation;
    }
    (this.#target[level] as (...args: unknown[]) => void)(...args);
  }
}

for (const level of LEVELS) {
  Object.defineProperty(LazyLogger.prototype, level, {
    value(this: LazyLogger, ...args: [object, string?] | [string]) {
      this.write(level, args);
    },
  });
}

/** A level that does not exist must not fail where something is logged; it logs nothing. */
function levelFromEnvironment(): string {
  const level = process.env['LIBERZMQ_LOG_LEVEL']?.toLowerCase() ?? 'silent';
  return (LEVELS as readonly string[]).includes(level) ? level : 'silent';
}

/** Whether a line of a level is to be written by a logger of another one. */
function isAtLeast(level: (typeof LEVELS)[number], wanted: string): boolean {
  const lowest = (LEVELS as readonly string[]).indexOf(wanted);
  return lowest >= 0 && LEVELS.indexOf(level) >= lowest;
}

/** Whoever logs must not fail for it: without pino there is one warning, and no more. */
function createPino(): Logger | undefined {
  if (cannotLog) return undefined;
  try {
    const { pino } = requireHere('pino') as typeof import('pino');
    return pino({ level: wantedLevel ?? levelFromEnvironment() });
  } catch (error) {
    cannotLog = true;
    process.emitWarning(
      `nothing is logged: the package pino cannot be loaded (${messageOf(error)}). A bundler has to leave it outside of the bundle (external); or bring a logger of your own, configureLogging({ logger: pino() })`,
    );
    return undefined;
  }
}

function withLevel(logger: Logger, level: string): Logger {
  const child = logger.child({});
  child.level = level;
  return child;
}

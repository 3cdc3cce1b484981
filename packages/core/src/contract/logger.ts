/** The part of pino's logger that this library uses. Any pino logger is one. */
export interface Logger {
  level: string;
  trace: LogMethod;
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  fatal: LogMethod;
  child(bindings: Record<string, unknown>): Logger;
}

/** Logs a message, or facts and a message. */
export interface LogMethod {
  (facts: object, message?: string): void;
  (message: string): void;
}

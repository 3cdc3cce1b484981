import type { Logger } from '@liberzmq/core';

/** From the least to the most important one. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** A level that lines can be written at. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether a logger would write a line of this level. One that has a level of its own making is asked, if it can be; else it is to decide itself. */
export function isWritten(logger: Logger & { isLevelEnabled?: (level: string) => boolean }, level: LogLevel): boolean {
  const { level: lowest } = logger;
  if (lowest === 'silent') return false;
  const rank = (LOG_LEVELS as readonly string[]).indexOf(lowest);
  if (rank === -1) return logger.isLevelEnabled?.(level) ?? true;
  return LOG_LEVELS.indexOf(level) >= rank;
}

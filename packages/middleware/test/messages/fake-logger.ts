import type { Logger } from '@liberzmq/core';
import { LOG_LEVELS } from '../../src/messages/log-levels.js';

/** A line as a logger would write it: through JSON, as pino does. */
export interface LoggedLine {
  readonly level: string;
  readonly text: string;
  readonly [fact: string]: unknown;
}

/** A logger that keeps its lines. */
export function fakeLogger(level = 'trace'): { readonly logger: Logger; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const logger = { level, child: () => logger } as unknown as Logger;
  for (const each of LOG_LEVELS) {
    logger[each] = (facts: object | string, text?: string) => {
      lines.push({ ...(JSON.parse(JSON.stringify(facts)) as object), level: each, text: text ?? (facts as string) });
    };
  }
  return { logger, lines };
}

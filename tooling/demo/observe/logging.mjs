import { configureLogging, getLogger } from '@liberzmq/core';
import { pino } from 'pino';

/**
 * Has the library, and the role, log through pino: JSON lines, from all processes into one file.
 *
 * @param {string} name
 * @param {string} file
 */
export function logTo(file, name) {
  // Whoever is killed has written what it has logged.
  const destination = pino.destination({ dest: file, append: true, sync: true });
  configureLogging({ logger: pino({ level: 'debug', base: { process: name } }, destination) });
  return getLogger('demo');
}

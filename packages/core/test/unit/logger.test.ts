import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import type * as Pino from 'pino';
import type { Logger } from '../../src/contract/logger.js';
import type * as LoggerModule from '../../src/logger.js';

const { pino } = createRequire(import.meta.url)('pino') as typeof Pino;
const before = process.env['LIBERZMQ_LOG_LEVEL'];

type Line = Readonly<Record<string, unknown>>;

let logging: typeof LoggerModule;
/** How often pino was loaded by the library. */
let loads = 0;
let written: Line[] = [];

const sink = { write: (text: string) => void written.push(JSON.parse(text) as Line) };
const messages = (): unknown[] => written.map(({ msg }) => msg);

function setVariable(level: string | undefined): void {
  if (level === undefined) delete process.env['LIBERZMQ_LOG_LEVEL'];
  else process.env['LIBERZMQ_LOG_LEVEL'] = level;
}

/** The module as a process has it that has logged nothing yet. */
beforeEach(async () => {
  setVariable(undefined);
  written = [];
  loads = 0;
  jest.resetModules();
  jest.doMock('pino', () => {
    loads += 1;
    return { pino: (options: Pino.LoggerOptions) => pino(options, sink) };
  });
  logging = await import('../../src/logger.js');
});
afterAll(() => {
  jest.dontMock('pino');
  setVariable(before);
});

function logAllLevels(logger: Logger): void {
  logger.trace('trace');
  logger.debug('debug');
  logger.info('info');
  logger.warn('warn');
  logger.error('error');
  logger.fatal('fatal');
}

describe('a library that nobody configured', () => {
  it('says nothing, and does not load pino', () => {
    const logger = logging.getLogger('liberzmq:test');
    logAllLevels(logger);
    logAllLevels(logger.child({ a: 1 }));
    expect(logger.level).toBe('silent');
    expect({ written, loads }).toEqual({ written: [], loads: 0 });
  });

  it('takes its level from LIBERZMQ_LOG_LEVEL, and names the source in each line', () => {
    setVariable('warn');
    const logger = logging.getLogger('liberzmq:test');
    expect(logger.level).toBe('warn');
    logAllLevels(logger);
    expect(messages()).toEqual(['warn', 'error', 'fatal']);
    expect(written[0]).toMatchObject({ name: 'liberzmq:test', level: 40 });
    expect(loads).toBe(1);
  });

  it.each(['', 'INFO', 'loud'])('does not fail where it logs when LIBERZMQ_LOG_LEVEL is %j', (level) => {
    setVariable(level);
    expect(() => logAllLevels(logging.getLogger('liberzmq:test'))).not.toThrow();
  });
});

describe('configureLogging', () => {
  it('sets the level, and loads pino with the first line that is written', () => {
    logging.configureLogging({ level: 'error' });
    const logger = logging.getLogger('liberzmq:test');
    logger.warn('too low');
    expect(loads).toBe(0);
    logAllLevels(logger);
    expect(messages()).toEqual(['error', 'fatal']);
    expect(loads).toBe(1);
  });

  it('takes the level from LIBERZMQ_LOG_LEVEL if it is given none', () => {
    setVariable('fatal');
    logging.configureLogging({});
    logAllLevels(logging.getLogger('liberzmq:test'));
    expect(messages()).toEqual(['fatal']);
  });

  it("writes through a pino of the user's own, at its level, and loads none", () => {
    logging.configureLogging({ logger: pino({ level: 'info', base: { app: 'mine' } }, sink) });
    const logger = logging.getLogger('liberzmq:test');
    logAllLevels(logger);
    expect(messages()).toEqual(['info', 'warn', 'error', 'fatal']);
    expect(written[0]).toMatchObject({ app: 'mine', name: 'liberzmq:test' });
    expect(logger.level).toBe('info');
    expect(loads).toBe(0);
  });

  it("writes through a pino of the user's own at another level, and leaves that one's alone", () => {
    const own = pino({ level: 'info' }, sink);
    logging.configureLogging({ logger: own, level: 'error' });
    logAllLevels(logging.getLogger('liberzmq:test'));
    expect(messages()).toEqual(['error', 'fatal']);
    expect(own.level).toBe('info');
  });

  it('reaches loggers that exist already, as often as it is called', () => {
    const logger = logging.getLogger('liberzmq:test');
    const child = logger.child({ peer: 'p' });
    logger.info('unheard');
    logging.configureLogging({ level: 'info' });
    logger.info('first');
    child.info('second');
    logging.configureLogging({ level: 'silent' });
    logger.info('unheard');
    child.info('unheard');
    logging.configureLogging({ logger: pino({ level: 'debug' }, sink) });
    child.debug('third');
    expect(messages()).toEqual(['first', 'second', 'third']);
    expect(child.level).toBe('debug');
  });

  it.each([
    [{ levle: 'info' }],
    [{ level: 'loud' }],
    [{ level: 5 }],
    [{ level: '' }],
    [{ logger: {} }],
    [{ logger: 'pino' }],
    [null],
  ])('refuses %p, and stays as it was', (options) => {
    const logger = logging.getLogger('liberzmq:test');
    logging.configureLogging({ level: 'warn' });
    expect(() => logging.configureLogging(options as LoggerModule.LoggingOptions)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'BAD_OPTION' }),
    );
    logAllLevels(logger);
    expect(messages()).toEqual(['warn', 'error', 'fatal']);
  });
});

describe('where pino cannot be loaded', () => {
  beforeEach(async () => {
    jest.resetModules();
    jest.doMock('pino', () => {
      throw new Error("Cannot find module 'pino'");
    });
    logging = await import('../../src/logger.js');
  });

  it.each([
    ['LIBERZMQ_LOG_LEVEL', () => setVariable('info')],
    ['configureLogging', () => logging.configureLogging({ level: 'info' })],
  ])('warns once, with the first line that %s asks for, and never fails where it logs', (_what, ask) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    ask();
    logging.getLogger('liberzmq:test').debug('too low');
    expect(warn.mock.calls).toEqual([]);
    for (const name of ['liberzmq:test', 'liberzmq:other']) logAllLevels(logging.getLogger(name));
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/pino.*external.*logger: pino\(\)/)]]);
    warn.mockRestore();
  });

  it("writes through a logger of the user's own", () => {
    logging.configureLogging({ logger: pino({ level: 'info' }, sink) });
    logAllLevels(logging.getLogger('liberzmq:test'));
    expect(messages()).toEqual(['info', 'warn', 'error', 'fatal']);
  });
});

describe('a logger', () => {
  it('writes facts and a message, or either', () => {
    logging.configureLogging({ level: 'info' });
    const logger = logging.getLogger('liberzmq:test');
    logger.info({ peer: 'p' }, 'came');
    logger.info({ peer: 'q' });
    logger.info('alone');
    expect(written).toMatchObject([{ peer: 'p', msg: 'came' }, { peer: 'q' }, { msg: 'alone' }]);
  });

  it('writes an error with its stack under err', () => {
    logging.configureLogging({ level: 'info' });
    logging.getLogger('liberzmq:test').error({ err: new TypeError('no') }, 'failed');
    expect(written).toMatchObject([{ err: { type: 'TypeError', message: 'no', stack: expect.any(String) } }]);
  });

  it('hands its bindings on to its children, and theirs to their children', () => {
    logging.configureLogging({ level: 'info' });
    const child = logging.getLogger('liberzmq:test').child({ subject: 'add', n: 1 });
    child.child({ n: 2 }).info('hello');
    child.info('hello');
    expect(written).toMatchObject([
      { name: 'liberzmq:test', subject: 'add', n: 2 },
      { name: 'liberzmq:test', subject: 'add', n: 1 },
    ]);
  });

  it('may have a level of its own, which holds whatever is configured, and its later children have it too', () => {
    const [loud, other] = [logging.getLogger('liberzmq:loud'), logging.getLogger('liberzmq:other')];
    const earlier = loud.child({});
    loud.level = 'debug';
    const later = loud.child({});
    for (const level of ['error', 'silent']) {
      logging.configureLogging({ level });
      written = [];
      loud.debug('loud');
      later.debug('later');
      earlier.debug('earlier');
      other.debug('other');
      expect(messages()).toEqual(['loud', 'later']);
    }
    expect([loud.level, later.level, other.level]).toEqual(['debug', 'debug', 'silent']);
  });

  it('may be given a level of its own after it has written', () => {
    logging.configureLogging({ level: 'info' });
    const logger = logging.getLogger('liberzmq:test');
    logger.info('heard');
    logger.level = 'error';
    logger.info('unheard');
    logger.level = 'debug';
    logger.debug('heard again');
    expect(messages()).toEqual(['heard', 'heard again']);
  });

  it('may be the only one that speaks in a library that nobody configured', () => {
    const [loud, other] = [logging.getLogger('liberzmq:loud'), logging.getLogger('liberzmq:other')];
    loud.level = 'info';
    loud.info('heard');
    other.error('unheard');
    expect(messages()).toEqual(['heard']);
  });
});

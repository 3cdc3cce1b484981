import { checkOptions, option, type OptionCheck } from '@liberzmq/core/options';
import { LOG_LEVELS, type LogLevel } from './log-levels.js';

/** For {@link logging}. */
export interface LoggingMiddlewareOptions {
  /**
   * At which level messages are logged. What failed is logged at `error` and what was dropped at `warn` in any case.
   * @defaultValue 'info', as in the guide
   */
  level?: LogLevel | undefined;
  /**
   * What is not to be seen in lines, as paths in pino's form, from the facts of a line on: `body.password`, `body.users[*].token`, `headers.cookie`.
   * There `[REDACTED]` stands instead.
   * @defaultValue none but `headers.authorization`
   */
  redact?: readonly string[] | undefined;
  /**
   * Whether the header `authorization` is shown as well.
   * @defaultValue false: whoever reads the log could use what it holds
   */
  showAuthorization?: boolean | undefined;
  /**
   * Which part of the messages is logged, from 0 to 1. Chosen for each message by chance; a reply is logged if its request was. What failed or was dropped is logged in any case.
   * @defaultValue 1: all of them
   */
  sample?: number | undefined;
  /**
   * Whether lines show bodies. Those that are huge are cut.
   * @defaultValue true, as in the guide. Say `false` where others' data is none of the log's business
   */
  bodies?: boolean | undefined;
}

const sample: OptionCheck = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'a number from 0 to 1';

/** @throws ConfigurationError BAD_OPTION */
export function checkLoggingOptions(options: LoggingMiddlewareOptions): Required<{
  [Key in keyof LoggingMiddlewareOptions]: NonNullable<LoggingMiddlewareOptions[Key]>;
}> {
  checkOptions('logging', options, {
    level: option.oneOf(...LOG_LEVELS),
    redact: option.strings,
    showAuthorization: option.boolean,
    sample,
    bodies: option.boolean,
  });
  return {
    level: options.level ?? 'info',
    redact: options.redact ?? [],
    showAuthorization: options.showAuthorization ?? false,
    sample: options.sample ?? 1,
    bodies: options.bodies ?? true,
  };
}

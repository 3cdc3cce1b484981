import { ConfigurationError } from './errors/error-classes.js';
import { requireHere, type Require } from './require-here.js';

/**
 * Loads a package that users install only if they want what it does.
 *
 * @throws ConfigurationError BAD_OPTION with the command that installs it, if it cannot be loaded.
 */
export function loadOptional<T>(
  name: string,
  wantedFor: string,
  load: (require: Require) => T,
  require: Require = requireHere,
): T {
  try {
    return load(require);
  } catch (cause) {
    throw new ConfigurationError(
      'BAD_OPTION',
      `${wantedFor} needs the package ${name}, which could not be loaded: npm install ${name}`,
      { cause },
    );
  }
}

import { createRequire } from 'node:module';
import { ConfigurationError } from '@liberzmq/core';

/** In a CommonJS bundle there is no `import.meta.url`. */
const require = createRequire(import.meta.url || __filename);

/**
 * Loads a package that only those install who use it.
 * @param serializer the serializer that needs it, for the error.
 * @throws ConfigurationError BAD_OPTION if it is not installed
 */
export function loadPeer(packageName: string, serializer: string): unknown {
  try {
    return require(packageName);
  } catch (cause) {
    throw new ConfigurationError(
      'BAD_OPTION',
      `serializer '${serializer}' needs the package ${packageName}, which cannot be loaded. Install it: npm install ${packageName}`,
      { cause },
    );
  }
}

import { expect, test } from '@jest/globals';
import { loadPeer } from '../src/load-peer.js';

test('a package that is not installed is named, and how to install it', () => {
  expect(() => loadPeer('no-such-package-here', 'msgpack')).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      code: 'BAD_OPTION',
      message:
        "serializer 'msgpack' needs the package no-such-package-here, which cannot be loaded. Install it: npm install no-such-package-here",
    }),
  );
});

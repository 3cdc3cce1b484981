import { expect, test } from '@jest/globals';
import { loadPeer } from '../src/load-peer.js';

test('a package that is not installed is named, and how to install it', () => {
  expect(() => loadPeer('no-such-package-here', 'cbor')).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      code: 'BAD_OPTION',
      message:
        "serializer 'cbor' needs the package no-such-package-here, which cannot be loaded. Install it: npm install no-such-package-here",
    }),
  );
});

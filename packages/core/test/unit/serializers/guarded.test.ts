import { describe, expect, it } from '@jest/globals';
import { RemoteError, SerializationError } from '../../../src/errors/error-classes.js';
import { decodeWith, encodeWith } from '../../../src/serializers/guarded.js';
import type { Serializer } from '../../../src/contract/serializer.js';

const failing = (error: unknown): Serializer => {
  const fail = (): never => {
    throw error;
  };
  return { name: 'odd', contentType: 'x/odd', serialize: fail, deserialize: fail };
};

describe('a serializer that throws', () => {
  const cause = new RangeError('too odd');

  it('while encoding makes ENCODE, which was not sent, with what it threw as the cause', () => {
    expect(() => encodeWith(failing(cause), 1, 'a result')).toThrow(
      expect.objectContaining({
        name: 'SerializationError',
        code: 'ENCODE',
        outcome: 'not-sent',
        message: 'cannot encode a result as odd: too odd',
        cause,
      }),
    );
  });

  it('while decoding makes DECODE', () => {
    expect(() => decodeWith(failing(cause), Buffer.alloc(0), 'a request')).toThrow(
      expect.objectContaining({
        name: 'SerializationError',
        code: 'DECODE',
        message: 'cannot decode a request as odd: too odd',
        cause,
      }),
    );
  });

  it.each([new SerializationError('TOO_LARGE', 'no'), new RemoteError('REMOTE', 'no')])(
    'comes out as it is when it is one of ours: %p',
    (error) => {
      expect(() => encodeWith(failing(error), 1, 'x')).toThrow(error);
      expect(() => decodeWith(failing(error), Buffer.alloc(0), 'x')).toThrow(error);
    },
  );
});

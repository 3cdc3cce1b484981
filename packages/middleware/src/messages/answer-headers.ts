import type { MessageHeaders } from '@liberzmq/core';
import { option } from '@liberzmq/core/options';

/** Of a reply's headers those that `answer()` takes: a handler may have put others there. */
export function answerHeaders(headers: MessageHeaders): MessageHeaders {
  if (option.headers(headers) === undefined) return { ...headers };
  return Object.fromEntries(
    Object.entries(headers).filter((each) => option.headers(Object.fromEntries([each])) === undefined),
  );
}

import type { MessageHeaders } from '../contract/message.js';
import type { ArrivedMessage } from '../pipeline/arrived-message.js';
import type { TopicMessage } from './subscriber-options.js';
import type { TopicProgress } from './topic-progress.js';

/** A message that has come, with what travels beside it. */
export interface Received extends TopicMessage {
  readonly headers: MessageHeaders;
  readonly publisher: string | undefined;
  /** Of its topic; none where messages have no numbers. */
  readonly progress: TopicProgress | undefined;
  /** The publisher had kept it for this one alone. */
  readonly isKept: boolean;
  /** It has been here before, and comes once more for handlers that were not. */
  readonly isAgain: boolean;
  /** What the middleware has of it. */
  readonly arrived: ArrivedMessage | undefined;
  /** It is there for loops. */
  isFetched: boolean;
  /** What the first of its handlers that failed has thrown. */
  failure: unknown;
}

/** All of them are made here, so that they are of one shape. */
export function newReceived(
  topic: string,
  message: unknown,
  headers: MessageHeaders,
  publisher: string | undefined,
  progress: TopicProgress | undefined,
  isKept: boolean,
  isAgain: boolean,
  arrived?: ArrivedMessage,
): Received {
  return {
    topic,
    message,
    headers,
    publisher,
    progress,
    isKept,
    isAgain,
    arrived,
    isFetched: false,
    failure: undefined,
  };
}

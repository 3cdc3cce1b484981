import type { Message } from '@liberzmq/core';

/** A message, as errors and log lines name it: `the request 'resize'`. */
export function describeMessage({
  pattern,
  subject,
  request,
}: Pick<Message, 'pattern' | 'subject' | 'request'>): string {
  if (request !== undefined) return `the reply to '${subject}'`;
  if (pattern === 'request') return `the request '${subject}'`;
  if (pattern === 'publish') return `the message on '${subject}'`;
  return pattern === 'task' ? `the task '${subject}'` : `the message '${subject}'`;
}

/**
 * The one send queue of a plain socket, which takes one `send` at a time. `onSent` is called when the socket has taken the message.
 *
 * @template Message
 * @param {(message: Message) => Promise<unknown>} send
 * @returns {(message: Message, onSent?: () => void) => void}
 */
export function sendQueue(send) {
  /** @type {Message[]} */
  let waiting = [];
  /** @type {((() => void) | undefined)[]} */
  let callers = [];
  let isSending = false;

  async function drain() {
    isSending = true;
    while (waiting.length > 0) {
      const [messages, toBeTold] = [waiting, callers];
      waiting = [];
      callers = [];
      for (const [index, message] of messages.entries()) {
        await send(message);
        toBeTold[index]?.();
      }
    }
    isSending = false;
  }

  return (message, onSent) => {
    waiting.push(message);
    callers.push(onSent);
    if (!isSending) void drain();
  };
}

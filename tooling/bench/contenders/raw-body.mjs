const BRACE = '{'.charCodeAt(0);

/**
 * A message as plain sockets are given it: bytes as they are, all else as JSON that names the action or type beside the data.
 *
 * @param {string} type
 * @param {unknown} data
 */
export function encodeMessage(type, data) {
  return Buffer.isBuffer(data) ? data : JSON.stringify({ type, data });
}

/** @param {Buffer | undefined} body */
export function decodeMessage(body) {
  return body?.[0] === BRACE ? JSON.parse(String(body)).data : body;
}

/**
 * A value without a name: a reply, or what follows a topic.
 *
 * @param {unknown} data
 */
export function encodeValue(data) {
  return Buffer.isBuffer(data) ? data : JSON.stringify(data);
}

/** @param {Buffer | undefined} body */
export function decodeValue(body) {
  return body?.[0] === BRACE ? JSON.parse(String(body)) : body;
}

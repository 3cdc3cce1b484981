/** The reversed Castagnoli polynomial (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;
const TABLES = 8;

/** `TABLES` tables of 256 entries, so that eight bytes are taken at a time (slicing by eight, Kounavis and Berry 2005). */
const tables = new Int32Array(256 * TABLES);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  tables[byte] = value;
}
for (let index = 256; index < tables.length; index += 1) {
  const value = at(index - 256);
  tables[index] = (value >>> 8) ^ at(value & 0xff);
}

function at(index: number): number {
  return tables[index] ?? 0;
}

/**
 * CRC-32C of some bytes.
 * @param before the checksum of what stands before them.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  let index = 0;
  const byte = (offset: number): number => bytes[index + offset] ?? 0;
  for (const wholes = bytes.length - (bytes.length % TABLES); index < wholes; index += TABLES) {
    const low = crc ^ (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24));
    crc =
      at(0x700 + (low & 0xff)) ^
      at(0x600 + ((low >>> 8) & 0xff)) ^
      at(0x500 + ((low >>> 16) & 0xff)) ^
      at(0x400 + (low >>> 24)) ^
      at(0x300 + byte(4)) ^
      at(0x200 + byte(5)) ^
      at(0x100 + byte(6)) ^
      at(byte(7));
  }
  for (; index < bytes.length; index += 1) crc = (crc >>> 8) ^ at((crc ^ byte(0)) & 0xff);
  return ~crc >>> 0;
}

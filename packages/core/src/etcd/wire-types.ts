/** How a field of Protocol Buffers says where it ends: the low three bits of its tag. */
export const VARINT = 0;
export const FIXED_64 = 1;
export const DELIMITED = 2;
export const FIXED_32 = 5;

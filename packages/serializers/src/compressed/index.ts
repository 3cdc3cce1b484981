export { compressed, type CompressedOptions } from '@liberzmq/core/compression';

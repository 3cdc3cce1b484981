import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SerializationError } from '../errors/error-classes.js';
import { LimitExceeded, MalformedFrame, type Engine } from './engine.js';
import type { Require } from '../require-here.js';
import { loadOptional } from '../optional-package.js';
import { checkZstdFrame } from './zstd-frame.js';

const PACKAGE = '@bokuweb/zstd-wasm';

/** Input and output share the 2 GiB of a WebAssembly memory, and the package does not notice when there is no room left. */
const MOST_BYTES = 268_435_456;

interface Zstd {
  compress(bytes: Uint8Array, level: number): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

interface Instance {
  readonly exports: object;
}

interface Glue {
  /** Whether it is ready. */
  calledRun?: boolean;
  instantiateWasm?: (imports: object, receive: (instance: Instance) => void) => object;
  init(): void;
}

// Declared by TypeScript for browsers only.
const { Instance, Module } = (
  globalThis as unknown as {
    WebAssembly: {
      Module: new (bytes: Uint8Array) => object;
      Instance: new (module: object, imports: object) => Instance;
    };
  }
).WebAssembly;

/** zstd in WebAssembly, where Node has none. All of it runs on the thread that calls, the async variants as well. */
export function zstdOfPackage(require?: Require): Engine {
  const zstd = loadOptional(PACKAGE, 'zstd in Node before 22.15', instantiate, require);
  const compress = (bytes: Uint8Array, level: number): Uint8Array => {
    if (bytes.length <= MOST_BYTES) return zstd.compress(bytes, level);
    throw new SerializationError('TOO_LARGE', `zstd: ${PACKAGE} takes ${MOST_BYTES} bytes, not ${bytes.length}`);
  };
  const decompress = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
    // The package takes as much memory as the frame asks for, and then writes no more than that.
    const contentSize = checkZstdFrame(bytes);
    if (contentSize === undefined) throw new MalformedFrame('the frame does not say how large its content is');
    if (contentSize > maxBytes) throw new LimitExceeded(`the frame says ${contentSize} bytes`);
    if (Math.max(contentSize, bytes.length) > MOST_BYTES)
      throw new MalformedFrame(`${PACKAGE} takes ${MOST_BYTES} bytes, not ${contentSize}`);
    const content = decompressFrame(zstd, bytes);
    if (content.length === contentSize) return content;
    throw new MalformedFrame(`the frame says ${contentSize} bytes and holds ${content.length}`);
  };
  return {
    compress,
    compressAsync: (bytes, level) => Promise.resolve(compress(bytes, level)),
    decompress,
    decompressAsync: (bytes, maxBytes) => Promise.resolve(decompress(bytes, maxBytes)),
  };
}

function decompressFrame(zstd: Zstd, bytes: Uint8Array): Uint8Array {
  try {
    return zstd.decompress(bytes);
  } catch (cause) {
    throw new MalformedFrame('the frame is damaged', { cause });
  }
}

/** The package's own `init` is asynchronous, and would leave the synchronous functions without anything to call. */
function instantiate(require: Require): Zstd {
  const main = require.resolve(PACKAGE);
  const folder = dirname(main);
  const zstd = require(main) as Zstd;
  const { Module: glue } = require(join(folder, 'module.js')) as { Module: Glue };
  if (glue.calledRun) return zstd;
  const compiled = new Module(readFileSync(join(folder, 'zstd.wasm')));
  let instance: Instance | undefined;
  // The application may use the package too, and its `init` must not put another instance, not set up, in the place of this one.
  glue.instantiateWasm = (imports, receive) => {
    instance ??= new Instance(compiled, imports);
    receive(instance);
    return instance.exports;
  };
  glue.init();
  return zstd;
}

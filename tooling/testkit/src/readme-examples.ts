import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { pathOf } from './child-process.js';
import { freePort } from './free-port.js';

/** A block of TypeScript in a README. */
export interface ReadmeExample {
  /** The file from the root of the repository, and the line of the first statement: `packages/core/README.md:42`. */
  readonly name: string;
  readonly code: string;
  /** The line of the file that the code starts on, counted from 0. */
  readonly line: number;
  /** A fragment, marked as such behind the fence, has its types checked and is not run. */
  readonly isFragment: boolean;
  /** The lines that it prints, in their order, as its comments promise them. */
  readonly prints: readonly string[];
}

/** For {@link testReadmes}. */
export interface TestReadmesOptions {
  /** Declarations that fragments may rely on: `declare const client: import('@liberzmq/core').Client;`. */
  readonly context?: string;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FENCE = /^```ts(?<mark>[^\n]*)\n(?<code>.*?)^```$/gms;
const PROMISE = /\/\/ (?:prints: |输出：)(.*)$/gm;
const RUN_TIMEOUT_MS = 15_000;
const TYPES_TIMEOUT_MS = 120_000;

/**
 * Tests the examples of READMEs: the types of all of them, strictly, and that each program, run by itself on the packages as they were
 * last built, ends by itself and prints what its comments promise: `console.log(1 + 2); // prints: 3`.
 * @param files READMEs, as `file:` URLs or paths.
 * @example
 * ```ts
 * testReadmes([new URL('../README.md', import.meta.url)]);
 * ```
 */
export function testReadmes(files: readonly (string | URL)[], { context = '' }: TestReadmesOptions = {}): void {
  const examples = files.flatMap((file) => readExamples(file));

  test(
    'the examples have the right types',
    () => {
      expect(typeErrors(examples, context)).toEqual([]);
    },
    TYPES_TIMEOUT_MS,
  );

  describe('the example prints what it promises, and ends by itself:', () => {
    test.each(examples.filter(({ isFragment }) => !isFragment))(
      '$name',
      async (example) => {
        const { end, lines, stderr } = await runExample(example);
        expect({ end, stderr, lines }).toEqual({ end: 'code 0', stderr: '', lines: example.prints });
      },
      2 * RUN_TIMEOUT_MS,
    );
  });
}

/** The examples of a README, in their order. */
export function readExamples(file: string | URL): ReadmeExample[] {
  const path = pathOf(file);
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(FENCE)].map((match) => {
    const { mark = '', code = '' } = match.groups ?? {};
    const line = text.slice(0, match.index).split('\n').length;
    return {
      name: `${relative(ROOT, path)}:${line + 1}`,
      code,
      line,
      isFragment: mark.trim() === 'fragment',
      prints: [...code.matchAll(PROMISE)].map(([, promised = '']) => promised),
    };
  });
}

/** The rows of all tables of a README that have this head, cell by cell, without the marks of code. */
export function readTable(file: string | URL, head: readonly string[]): string[][] {
  const rows: string[][] = [];
  let inside = false;
  for (const line of readFileSync(pathOf(file), 'utf8').split('\n')) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim());
    if (cells.join('|') === head.join('|')) inside = true;
    else if (cells.length === 0) inside = false;
    else if (inside && !/^-+$/.test(cells[0] ?? '')) rows.push(cells);
  }
  return rows;
}

/** An example as JavaScript without comments: what is left when two of them are to be compared, or run. */
export function compileExample({ code }: ReadmeExample): string {
  const compilerOptions = { ...baseOptions(), module: ts.ModuleKind.ESNext, removeComments: true, sourceMap: false };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}

/** What is wrong with the types of examples, one line each, on the lines of their READMEs. */
function typeErrors(examples: readonly ReadmeExample[], context: string): string[] {
  const options = baseOptions();
  const host = ts.createCompilerHost(options);
  const onDisk = { ...host };
  const contextFile = join(ROOT, 'readme-context.d.ts');
  // They exist in memory only. Empty lines before the code make the lines those of the README; the export makes it a module.
  const texts = new Map([[contextFile, context]]);
  for (const { name, code, line } of examples) {
    texts.set(join(ROOT, `${name}.ts`), `${'\n'.repeat(line)}${code}\nexport {};\n`);
  }
  host.readFile = (path) => texts.get(path) ?? onDisk.readFile(path);
  host.fileExists = (path) => texts.has(path) || onDisk.fileExists(path);
  host.getCurrentDirectory = () => ROOT;
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return ts.getPreEmitDiagnostics(program, file).map((diagnostic) => {
      const { line } = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? { line: 0 };
      const where = relative(ROOT, path).replace(/:\d+\.ts$/, '');
      return `${where}:${line + 1} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
    });
  });
}

let base: ts.CompilerOptions | undefined;

/** The options that every package is checked with. */
function baseOptions(): ts.CompilerOptions {
  if (base === undefined) {
    const path = join(ROOT, 'tsconfig.base.json');
    const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: object };
    base = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, ROOT, undefined, path).options;
  }
  return base;
}

interface ExampleRun {
  /** `code 0` if all went well. */
  readonly end: string;
  readonly lines: readonly string[];
  readonly stderr: string;
}

async function runExample(example: ReadmeExample): Promise<ExampleRun> {
  const code = await withFreePorts(compileExample(example));
  return new Promise((resolve) => {
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code];
    const settings = { cwd: ROOT, timeout: RUN_TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    const child = execFile(process.execPath, args, settings, (_error, stdout, stderr) => {
      const end = child.exitCode === null ? `still running after ${RUN_TIMEOUT_MS} ms` : `code ${child.exitCode}`;
      resolve({ end, stderr, lines: stdout.split('\n').slice(0, -1) });
    });
  });
}

/** A README names ports that are easy to read; here they are swapped for free ones, so that tests can run side by side. */
async function withFreePorts(code: string): Promise<string> {
  const ports = new Map<string, number>();
  for (const [, port = ''] of code.matchAll(/:\/\/127\.0\.0\.1:(\d+)/g)) ports.set(port, 0);
  for (const port of ports.keys()) ports.set(port, await freePort(new Set(ports.values())));
  return code.replace(/(?<=:\/\/127\.0\.0\.1:)\d+/g, (port) => String(ports.get(port)));
}

import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../../setup/repository.mjs';

/** No help for declarations that are wrong, and no types but those of the language and of Node. */
const STRICT = { strict: true, skipLibCheck: false, target: 'ES2022', lib: ['ES2022'], types: ['node'] };

/** Node20 resolves as Node16 does; beside that it knows that `require()` has learnt to load ES modules. */
export const NODE16 = {
  files: ['start.mts', 'start.cts'],
  compilerOptions: { ...STRICT, module: 'Node20', moduleResolution: 'Node16', declaration: true, outDir: 'out' },
};

/** As users of a bundler do it; it also reads the declarations that the first one has written. */
export const BUNDLER = {
  files: ['start.ts', 'out/program.d.mts', 'out/program.d.cts'],
  compilerOptions: { ...STRICT, module: 'Preserve', moduleResolution: 'Bundler', noEmit: true },
};

/** The same without these: what is declared in a monorepo refers to its packages. */
export const MONOREPO = { ...BUNDLER, files: ['start.ts'] };

const thirdParty = join(root, 'node_modules').replaceAll('\\', '/');

/**
 * Compiles what stands in a project, and says what the compiler says of it and of our declarations.
 *
 * @param {string} project
 * @param {{ files: string[], compilerOptions: object }} config
 * @param {{ everything: boolean }} options whether to check the declarations of others, too, which takes ten times as long
 */
export function compile(project, config, { everything }) {
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram(fileNames, options);
  const files = program.getSourceFiles();
  const checked = files.filter(({ fileName }) => everything || !fileName.startsWith(thirdParty));
  // File by file: asked for all at once, the compiler checks everything.
  const diagnostics = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
    ...files.filter((file) => !file.isDeclarationFile).flatMap((file) => program.emit(file).diagnostics),
  ];
  return ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(diagnostics), {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => project,
    getNewLine: () => '\n',
  });
}

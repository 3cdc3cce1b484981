import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TESTS = ['**/test/**/*.ts', 'tooling/**/*.ts'];
const TYPESCRIPT = ['**/*.ts'];
const JAVASCRIPT = ['**/*.{js,mjs,cjs}'];

/**
 * The ESLint configuration of the repository. Formatting is Prettier's.
 *
 * @param {string} root
 */
export function defineLint(root) {
  return defineConfig(
    globalIgnores(['**/dist/', '**/coverage/', '.cache/']),
    js.configs.recommended,
    tseslint.configs.strictTypeChecked,
    {
      languageOptions: {
        parserOptions: { projectService: { allowDefaultProject: ['*.js'] }, tsconfigRootDir: root },
      },
      linterOptions: { reportUnusedDisableDirectives: 'error' },
      rules: {
        'no-console': 'error',
        'no-undef': 'off', // The type checker knows better.
        eqeqeq: 'error',
        'prefer-const': 'error',
        'object-shorthand': 'error',
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-misused-promises': 'error',
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
        '@typescript-eslint/consistent-type-imports': [
          'error',
          { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
        ],
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
        '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
        // `async` without `await` is how a function promises never to throw synchronously.
        '@typescript-eslint/require-await': 'off',
      },
    },
    {
      files: TYPESCRIPT,
      rules: {
        '@typescript-eslint/explicit-module-boundary-types': 'error',
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      },
    },
    {
      files: TESTS,
      rules: {
        '@typescript-eslint/explicit-module-boundary-types': 'off',
        '@typescript-eslint/no-non-null-assertion': 'off',
        '@typescript-eslint/no-empty-function': 'off',
      },
    },
    {
      // Types come from comments there, and JSON is `any`: tsc checks these files, the type-aware rules would only repeat it.
      files: JAVASCRIPT,
      rules: {
        ...tseslint.configs.disableTypeChecked.rules,
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-misused-promises': 'error',
      },
    },
    {
      files: ['**/*.cjs'],
      languageOptions: { sourceType: 'commonjs' },
      rules: { '@typescript-eslint/no-require-imports': 'off' },
    },
  );
}

import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const pure = ['base', 'protocol', 'projection', 'engine', 'workflow'].map((folder) => `src/${folder}/**/*.ts`);

export default defineConfig(
  globalIgnores([
    'dist/',
    'test-output/',
    'coverage/',
    'media/sample-project/',
    // Typed by tsconfig.pure.json alone.
    'src/base/globals.d.ts',
    'test/fixtures/',
    // Bodies of async functions with globals of their own: `dwf validate` checks them.
    'workflows/',
    // Programs of the sandbox's language, not of Node.
    'src/node/sandbox/guest*.js',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './tsconfig.webview.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An async method of a port may have nothing to wait for in one of its adapters.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // Time, chance and the process are ports: DESIGN says the core has none of its own.
    files: pure,
    ignores: ['**/*.test.ts', '**/*.fake.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', 'console', 'setTimeout', 'setInterval', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take deps.clock.' },
        { object: 'Math', property: 'random', message: 'Take deps.random.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take deps.clock.' },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        module: 'writable',
        AbortController: 'readonly',
      },
    },
  },
);

// The arrows of ARCHITECTURE.md. Whatever is not listed here is a build error.
const folders = ['base', 'protocol', 'projection', 'engine', 'workflow', 'node', 'lsp', 'cli', 'host'];

/** What each folder may import besides itself. */
const allowed = {
  base: [],
  protocol: [],
  projection: ['base', 'protocol'],
  engine: ['base', 'protocol'],
  workflow: ['base', 'protocol', 'engine'],
  node: ['base', 'protocol', 'engine', 'workflow'],
  lsp: ['base', 'protocol', 'workflow/script'],
  cli: ['base', 'protocol', 'projection', 'engine', 'workflow', 'node'],
  host: ['base', 'protocol', 'projection', 'engine', 'workflow', 'node'],
};

const notTests = '\\.(test|fake|contract)\\.ts$';

const arrows = folders.map((folder) => ({
  name: `arrows-from-${folder}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: notTests },
  to: { path: '^src/', pathNot: [folder, ...allowed[folder]].map((name) => `^src/${name}/`) },
}));

const webview = {
  name: 'arrows-from-webview',
  severity: 'error',
  from: { path: '^webview/', pathNot: notTests },
  to: { path: '^src/', pathNot: ['^src/base/', '^src/protocol/', '^src/projection/'] },
};

const pure = '^src/(base|protocol|projection|engine|workflow)/';

module.exports = {
  forbidden: [
    ...arrows,
    webview,
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-is-pure',
      comment: 'The core knows neither Node nor the editor, and of npm only zod; scripts are parsed with acorn.',
      severity: 'error',
      from: { path: pure, pathNot: notTests },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(zod|acorn|acorn-walk)/',
      },
    },
    {
      name: 'acorn-for-scripts-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(workflow/script|lsp)/' },
      to: { path: 'node_modules/acorn' },
    },
    {
      name: 'vscode-in-host-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/host/' },
      to: { path: '^(@types/)?vscode$|node_modules/@types/vscode' },
    },
    {
      name: 'fakes-are-for-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: notTests },
      to: { path: notTests },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^vscode$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
};

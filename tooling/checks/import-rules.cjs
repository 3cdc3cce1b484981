const { join } = require('node:path');

const FEATURE = '^packages/(?!(?:core|all|cli)/)([^/]+)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other, types included, cannot be read one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import has to lead somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'features-only-know-core',
      comment:
        'A feature package imports @liberzmq/core and never a sibling; what two features share is a sub-path of core.',
      severity: 'error',
      from: { path: FEATURE },
      to: { path: '^packages/', pathNot: '^packages/(?:core|$1)/' },
    },
    {
      name: 'core-knows-no-feature',
      comment: 'Everything builds on core, so core builds on nothing of ours.',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'packages-by-name',
      comment:
        'One package imports another by its name, as its users do, not by a path into its folder. What runs before anything is installed has no names.',
      severity: 'error',
      from: { path: '^(packages|tooling)/([^/]+)/', pathNot: '^tooling/(checks|release|setup)/' },
      to: { path: '^(?:packages|tooling)/', pathNot: '^$1/$2/', dependencyTypesNot: ['aliased', 'undetermined'] },
    },
    {
      name: 'sources-know-no-tooling',
      comment: 'What is published cannot import what is private.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^tooling/' },
    },
    {
      name: 'only-sockets-import-zeromq',
      comment: 'One folder knows the traps of the native module; everything else uses that folder.',
      severity: 'error',
      from: { path: '^packages/[^/]+/(?:src|examples)/', pathNot: '^packages/core/src/sockets/' },
      to: { path: '(?:^|/)node_modules/zeromq/' },
    },
    {
      name: 'contract-and-errors-at-the-bottom',
      comment: 'They are what everything composes on: pure, without sockets and patterns.',
      severity: 'error',
      from: { path: '^packages/core/src/(?:contract|errors)/' },
      to: { path: '^packages/core/src/', pathNot: '^packages/core/src/(?:contract|errors)/' },
    },
    {
      name: 'sockets-only-from-patterns',
      comment: 'A pattern decides what a socket is for; other concepts take part through the contracts.',
      severity: 'error',
      from: {
        path: '^packages/core/src/',
        pathNot: '^packages/core/src/(?:sockets|request|pubsub|tasks|routing)/|^packages/core/src/index\\.ts$',
      },
      to: { path: '^packages/core/src/sockets/' },
    },
    {
      name: 'sub-paths-stay-out-of-the-main-entry',
      comment: 'Who imports @liberzmq/core must not load a database or etcd client with it.',
      severity: 'error',
      from: { path: '^packages/core/src/index\\.ts$' },
      to: { path: '^packages/core/src/(?:sqlite|etcd|compression|requesters|resilience)/', reachable: true },
    },
  ],
  options: {
    tsConfig: { fileName: join(__dirname, 'tsconfig.workspace.json') },
    // Imports of types count: they make cycles, and they break layers, just as well.
    tsPreCompilationDeps: true,
    exclude: { path: '(?:^|/)(?:dist|coverage)/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};

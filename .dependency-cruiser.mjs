// Which file may import which: `npm run check:structure` checks these rules.

/** The packages, and for each those whose public names its source may import. `internal` is private, bundled, and open to all. */
const ORDER = {
  internal: [],
  'test-utils': [],
  hub: [],
  history: [],
  fleet: [],
  image: [],
  metrics: [],
  losses: [],
  backbone: [],
  inr: [],
  transformer: [],
  'backend-onnx': [],
  data: ['image'],
  detector: ['backbone', 'inr', 'transformer', 'image'],
  trainer: ['detector', 'data', 'losses', 'metrics', 'backbone', 'inr', 'transformer', 'image'],
  report: ['metrics'],
  'station-page': [],
  cli: [
    'trainer',
    'hub',
    'history',
    'fleet',
    'report',
    'detector',
    'data',
    'metrics',
    'backbone',
    'image',
    'backend-onnx',
    'station-page',
  ],
};

/** Tests, what only they use, and the measurements and tools of a package: they may import any public name and test-utils. */
const TESTS = String.raw`\.(test|bench)\.ts$|/__fixtures__/|/testing/|onnx-setup\.ts$|^(packages|examples)/[^/]+/(bench|browser|scripts|slow|test)/|^docs/check-`;

const sourceOf = (name) => `^packages/${name}/`;

const order = Object.entries(ORDER).map(([name, allowed]) => ({
  name: `order-of-packages: ${name}`,
  comment: `The source of ${name} may import ${['internal', ...allowed].join(', ')} and no other package of this repository (ORDER in .dependency-cruiser.mjs). Move the code down, or pass it in as an argument.`,
  severity: 'error',
  from: { path: sourceOf(name), pathNot: TESTS },
  to: { path: '^packages/', pathNot: sourceOf(`(${[name, 'internal', ...allowed].join('|')})`) },
}));

export default {
  forbidden: [
    ...order,
    {
      name: 'unknown-package',
      comment: 'This package has no place in the order yet: add it to ORDER in .dependency-cruiser.mjs.',
      severity: 'error',
      from: {
        path: '^packages/',
        pathNot: [sourceOf(`(${Object.keys(ORDER).join('|')})`), TESTS],
      },
      to: {},
    },
    {
      name: 'no-circle',
      comment:
        'These files import each other in a circle. Move what both need to a file that imports neither; for types this is usually types.ts.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-inside-of-a-package',
      comment:
        "A relative path into another package. Import the package by its name; if the name that you need is not exported, export it from the package's index.ts.",
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-inside-of-a-package, from outside',
      comment:
        "A relative path into a package. Import the package by its name; if the name that you need is not exported, export it from the package's index.ts.",
      severity: 'error',
      from: { path: '^(examples|bench|docs)/' },
      to: { path: '^packages/', dependencyTypes: ['local'] },
    },
    {
      name: 'resolves',
      comment:
        'This import leads nowhere: no such file, the dependency is missing from package.json, or the package does not export this subpath.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'public-packages-only',
      comment:
        'Examples, bench and docs are read as a user reads them, so they use public packages only. Export what is missing from a public package, or write it here.',
      severity: 'error',
      from: { path: '^(examples|bench|docs)/' },
      to: { path: sourceOf('internal') },
    },
    {
      name: 'test-utils-in-tests-only',
      comment: 'Only tests may import @mint/test-utils.',
      severity: 'error',
      from: { path: '^(packages|examples|bench|docs)/', pathNot: [sourceOf('test-utils'), TESTS] },
      to: { path: sourceOf('test-utils') },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    exclude: {
      path: String.raw`(^|/)(dist|runs|coverage|scripts/template|19-opcua)/|\.vitepress/(cache|dist)|/\.snippets-`,
    },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@mint/source', 'types', 'node', 'import', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.d.ts', '.json'],
    },
  },
};

/** Set where GitHub builds the docs. Elsewhere there is no address to link sources to. */
const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
const sources =
  server && repository
    ? { sourceLinkTemplate: `${server}/${repository}/blob/main/{path}#L{line}` }
    : { disableSources: true };

const packages = [
  'metrics',
  'hub',
  'history',
  'fleet',
  'image',
  'data',
  'backbone',
  'inr',
  'transformer',
  'losses',
  'backend-onnx',
  'detector',
  'trainer',
  'report',
  'cli',
];

/** @type {Partial<import('typedoc').TypeDocOptions> & Partial<import('typedoc-plugin-markdown').PluginOptions>} */
export default {
  name: 'API',
  entryPointStrategy: 'packages',
  entryPoints: packages.map((name) => `packages/${name}`),
  packageOptions: {
    entryPoints: ['src/index.ts'],
    readme: 'none',
    sort: ['kind', 'instance-first', 'source-order'],
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    validation: { notExported: true, invalidLink: true, notDocumented: true },
    ...sources,
  },
  treatWarningsAsErrors: true,
  plugin: ['typedoc-plugin-markdown'],
  readme: 'none',
  out: 'docs/api',
  entryFileName: 'index',
  excludeScopesInPaths: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  indexFormat: 'table',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: { hideSources: true, hideModifiers: true },
};

import { library } from '../../tsup.shared.ts';

export default {
  ...library({
    index: 'src/index.ts',
    'model-folder': 'src/model-folder.ts',
    'no-model-folder': 'src/no-model-folder.ts',
  }),
  // Which of the two it is, package.json says: files, or a page that has none.
  external: ['#model-folder'],
  dts: { entry: { index: 'src/index.ts' }, resolve: [/^@mint\/internal/] },
};

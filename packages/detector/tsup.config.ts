import { library } from '../../tsup.shared.ts';

export default {
  ...library({
    index: 'src/index.ts',
    'model-folder': 'src/model-folder/folder.ts',
    'no-model-folder': 'src/model-folder/no-folder.ts',
  }),
  // Which of the two it is, package.json says: files, or a page that has none.
  external: ['#model-folder'],
};

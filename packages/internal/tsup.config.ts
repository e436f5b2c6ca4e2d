import { library } from '../../tsup.shared.ts';

// One build per entry: entries built together share a type file, which the builds that inline them cannot follow.
export default ['index', 'tfjs', 'nn', 'node'].map((name) => ({
  ...library({ [name]: `src/${name}.ts` }),
  clean: false,
}));

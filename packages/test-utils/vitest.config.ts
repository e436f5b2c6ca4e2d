import { tests } from '../../vitest.shared.ts';

export default tests('test-utils', ['./src/setup.ts']);

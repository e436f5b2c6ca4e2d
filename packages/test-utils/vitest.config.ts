import { project } from '../../vitest.shared.ts';

export default project('test-utils', ['./src/setup.ts']);

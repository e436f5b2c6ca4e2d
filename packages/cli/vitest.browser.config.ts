import { project } from '../../vitest.shared.ts';

const { test, ...config } = project('cli-browser');

// One browser at a time.
export default { ...config, test: { ...test, include: ['browser/**/*.test.ts'], fileParallelism: false } };

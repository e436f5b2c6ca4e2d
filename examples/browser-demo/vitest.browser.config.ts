import { project } from '../../vitest.shared.ts';

const { test, ...config } = project('browser-demo');

// One browser at a time.
export default { ...config, test: { ...test, include: ['browser/**/*.test.ts'], fileParallelism: false } };

import { project } from '../../vitest.shared.ts';

const { test, ...config } = project('report-browser');

export default { ...config, test: { ...test, include: ['browser/**/*.test.ts'] } };

import { project } from '../../vitest.shared.ts';

const base = project('data-slow');

/** Tests of minutes: `pnpm --filter @mint/data test:slow`. */
export default { ...base, test: { ...base.test, include: ['slow/**/*.test.ts'] } };

import { project, tests } from '../../vitest.shared.ts';

/** Runs tests in realms of their own, as Jest does. */
const inRealms = (pool: 'vmThreads' | 'vmForks') => {
  const { test, ...rest } = project(`backend-onnx in ${pool}`);
  return { ...rest, test: { ...test, pool, include: ['test/realms/vitest-pools.test.ts'] } };
};

export default tests(
  'backend-onnx',
  ['@mint/test-utils/setup'],
  [inRealms('vmThreads'), inRealms('vmForks')],
  true, // many tests count what the backend holds and runs
);

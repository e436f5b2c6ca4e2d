import { defineConfig } from 'vitest/config';
import { project } from '../../vitest.shared.ts';

const backend = project('backend-onnx', ['@mint/test-utils/setup']);

/** Runs tests in realms of their own, as Jest does. */
const inRealms = (pool: 'vmThreads' | 'vmForks') => {
  const { test, ...rest } = project(`backend-onnx in ${pool}`);
  return { ...rest, test: { ...test, pool, include: ['test/realms/vitest-pools.test.ts'] } };
};

export default defineConfig({
  test: { projects: [backend, inRealms('vmThreads'), inRealms('vmForks')] },
});

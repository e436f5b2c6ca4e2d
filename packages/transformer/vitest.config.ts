import { defineConfig } from 'vitest/config';
import { coverage, project } from '../../vitest.shared.ts';

const setup = '@mint/test-utils/setup';
const onnx = project('transformer on onnx', [setup, './test/onnx-setup.ts']);

export default defineConfig({
  test: {
    coverage,
    projects: [
      project('transformer', [setup]),
      // The backend that has kernels of its own for attention and normalisation.
      {
        ...onnx,
        test: {
          ...onnx.test,
          include: ['golden', 'primitives', 'random-pool'].map((name) => `src/${name}.test.ts`),
        },
      },
    ],
  },
});

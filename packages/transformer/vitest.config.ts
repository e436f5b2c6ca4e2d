import { project, tests } from '../../vitest.shared.ts';

const setup = '@mint/test-utils/setup';
const onnx = project('transformer on onnx', [setup, './test/onnx-setup.ts']);
const include = ['golden', 'primitives', 'random-pool'].map((name) => `src/${name}.test.ts`);

export default tests(
  'transformer',
  [setup],
  // The backend that has kernels of its own for attention and normalisation.
  [{ ...onnx, test: { ...onnx.test, include } }],
);

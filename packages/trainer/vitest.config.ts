import { project, tests } from '../../vitest.shared.ts';

const setup = '@mint/test-utils/setup';
const onnx = project('trainer on onnx', [setup, './vitest.onnx-setup.ts']);

export default tests(
  'trainer',
  [setup],
  // The backend that has a kernel of its own for AdamW.
  [{ ...onnx, test: { ...onnx.test, include: ['src/training/adamw.test.ts'] } }],
);

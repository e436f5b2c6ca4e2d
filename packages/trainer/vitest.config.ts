import { defineConfig } from 'vitest/config';
import { project } from '../../vitest.shared.ts';

const setup = '@mint/test-utils/setup';
const onnx = project('trainer on onnx', [setup, './vitest.onnx-setup.ts']);

export default defineConfig({
  test: {
    projects: [
      project('trainer', [setup]),
      // The backend that has a kernel of its own for AdamW.
      { ...onnx, test: { ...onnx.test, include: ['src/training/adamw.test.ts'] } },
    ],
  },
});

import { expect, test } from 'vitest';
import { kernelTable, writtenTable } from '../scripts/kernel-table.js';

test('docs/onnx-kernels.md is what the registries say', () => {
  expect(writtenTable(), 'run `npx pnpm --filter @mint/backend-onnx kernel-table`').toBe(kernelTable());
});

import { expect, test } from 'vitest';
import { cliPage, writtenPage } from '../scripts/docs.js';

test('docs/cli.md is up to date', () => {
  expect(writtenPage(), 'run `npx pnpm --filter @mint/cli docs`').toBe(cliPage());
});

import { PAPER_CONFIG } from '@mint/detector';
import { PRESETS } from '@mint/trainer';
import { afterEach, expect, test, vi } from 'vitest';
import type { Study } from './study.js';

const { argv } = process;

/** The modules as a script with these flags sees them. */
async function withFlags(...flags: string[]) {
  process.argv = [...argv.slice(0, 2), ...flags];
  vi.resetModules();
  return { ...(await import('./settings.js')), ...(await import('./study.js')) };
}

afterEach(() => {
  process.argv = argv;
});

const study: Study = { name: 'visa', settings: [], seeds: [], backbone: { kind: 'scattering' } };

test('preset paper is the published network and schedule, in files of its own', async () => {
  const { setting, small, nameOf } = await withFlags('--preset', 'paper');
  const { detector, train } = setting('mint-ad', { ...small, queries: { omega0: 10 } });
  expect(train).toEqual(PRESETS.paper.train);
  const { backbone: _, ...published } = PAPER_CONFIG;
  expect(detector).toMatchObject({
    ...published,
    featureScaling: 'none',
    map: 'distance',
    queries: { ...PAPER_CONFIG.queries, omega0: 10 },
  });
  expect(nameOf(study)).toBe('visa-paper');
});

test('preset cpu is the default, whitened for all classes alike, with a small network where told', async () => {
  const { setting, small, nameOf } = await withFlags();
  expect(setting('mint-ad').train).toEqual(PRESETS.cpu.train);
  expect(setting('mint-ad').detector).toMatchObject({ featureScaling: 'standardise', map: 'whitened' });
  expect(setting('mint-ad').detector.network).toEqual(PAPER_CONFIG.network);
  expect(setting('half', small).detector.network).toEqual(PRESETS.quick.network);
  expect(setting('half', small).train).toEqual({ ...PRESETS.cpu.train, learningRate: 1e-3, dropout: 0 });
  expect(nameOf(study)).toBe('visa');
});

test('another preset is refused', async () => {
  await expect(withFlags('--preset', 'fast')).rejects.toThrow('--preset fast: expected cpu or paper.');
});

import { MintDetector } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bmp, tinyDetector } from '../../../__fixtures__/tiny-detector.js';
import { limitsOf, withLimit } from './limits.js';
import { createLocalEngine } from './local-engine.js';

const scores = { nut: Array.from({ length: 19 }, (_, i) => i + 1), bolt: [1, 2] };
const calibration = {
  alpha: 0.1,
  reviewAlpha: 0.3,
  thresholds: { nut: { image: 18, pixel: 36, ood: 7, review: { image: 14, pixel: 28 } } },
  heatScales: {},
  heatScale: [0, 20] as const,
  normalScores: scores,
  normalMaxima: { nut: scores.nut.map((score) => 2 * score), bolt: [1, 2] },
};
const nut = (limit: number | undefined) => withLimit(calibration, { class: 'nut', limit }).thresholds.nut;

describe('a limit that a person sets', () => {
  test('moves what is marked in proportion, and keeps a review limit that lies below', () => {
    expect(nut(25)).toEqual({ image: 25, pixel: 50, ood: 7, review: { image: 14, pixel: 28 } });
    expect(nut(15)).toEqual({ image: 15, pixel: 30, ood: 7, review: { image: 14, pixel: 28 } });
    expect(nut(3)).toEqual({ image: 3, pixel: 6, ood: 7, review: undefined });
  });

  test('can be taken back', () => {
    const low = withLimit(calibration, { class: 'nut', limit: 3 });
    expect(withLimit(low, { class: 'nut', limit: undefined })).toEqual(calibration);
  });

  test('is refused for a class without limits, and when no score can have it', () => {
    expect(() => withLimit(calibration, { class: 'bolt', limit: 1 })).toThrow(/'bolt' has no limits/);
    expect(() => withLimit(calibration, { class: '__proto__', limit: 1 })).toThrow(/has no limits/);
    expect(() => withLimit(undefined, { class: 'nut', limit: 1 })).toThrow(/has no limits/);
    for (const limit of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(() => nut(limit)).toThrow(/a number of at least 0/);
  });

  test('is listed beside the calibrated one', () => {
    expect(limitsOf(withLimit(calibration, { class: 'nut', limit: 20 }), ['nut', 'bolt'])).toEqual([
      { class: 'nut', limit: 20, review: 14, calibrated: 18, heldOut: 19, sized: false },
      { class: 'bolt', heldOut: 2, sized: false },
    ]);
  });
});

describe('an engine', () => {
  const folder = temporaryFolder();
  let detector: MintDetector;
  beforeAll(async () => {
    detector = await tinyDetector();
  });
  afterAll(() => detector.dispose());

  test('decides by a new limit at once, and the model folder keeps it', async () => {
    await detector.save(folder.path);
    const options = { batchSize: 1, maxPixels: 1e6, say: () => {}, folder: folder.path };
    const engine = createLocalEngine(detector, options);
    const decisionOf = async () => {
      const { image } = await engine.read({ name: 'a', bytes: Uint8Array.from(bmp(3)) });
      const [outcome] = await engine.score([{ name: 'a', image, className: 'nut', heatmap: false }]);
      if (outcome === undefined || !('decision' in outcome)) throw new Error(JSON.stringify(outcome));
      return outcome;
    };
    const before = await decisionOf();
    expect(before.decision.decision).toBe('alarm');
    expect(before.picture).toMatchObject({ width: 32, height: 32, limit: 0, frame: [0, 0, 35, 33] });
    expect(before.picture.pixels).toHaveLength(32 * 32 * 3);
    const { limits } = await engine.setLimit({ class: 'nut', limit: 1000 });
    expect(limits[0]).toMatchObject({ class: 'nut', limit: 1000 });
    expect(await decisionOf()).toMatchObject({ decision: { decision: 'ok', regions: [] } });
    const loaded = await MintDetector.load(folder.path);
    expect(loaded.calibration?.thresholds.nut?.image).toBe(1000);
    loaded.dispose();
    // The state says what its classes have seen.
    expect((await engine.state()).drift).toContainEqual(
      expect.objectContaining({ class: 'nut', of: 'score', images: 2, drifted: false }),
    );
  });
});

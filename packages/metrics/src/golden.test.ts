import { readFileSync } from 'node:fs';
import { readSafetensors } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
import { auPro, imageMetrics, iouMax, labelRegions, pixelMetrics } from './index.js';

// Reference values from scikit-learn and a threshold sweep; see the golden vectors' own description.
interface Golden {
  undefined?: boolean;
  auroc: number;
  averagePrecision: number;
  f1Max: number;
  f1Threshold: number;
  iouMax: number;
  iouThreshold: number;
  aupro: Record<string, number>;
  aupro4Connected: Record<string, number>;
  regions: number;
  regions4Connected: number;
}
const golden: { image: Record<string, Golden>; pixel: Record<string, Golden> } = JSON.parse(
  readFileSync(new URL('./__fixtures__/metrics.json', import.meta.url), 'utf8'),
);
const { tensors } = readSafetensors(new URL('./__fixtures__/metrics.safetensors', import.meta.url));
const data = (name: string): Float32Array | Uint8Array => {
  const found = tensors[name]?.data;
  if (found instanceof Float32Array || found instanceof Uint8Array) return found;
  throw new Error(`no golden tensor ${name}`);
};
const near = (got: number, want: number) => expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-12 * want);

describe('image metrics equal scikit-learn', () => {
  test.each(Object.entries(golden.image))('%s', (name, want) => {
    const compute = () => imageMetrics(data(`image/${name}/scores`), data(`image/${name}/labels`));
    if (want.undefined) {
      expect(compute).toThrow(expect.objectContaining({ code: 'UNDEFINED_METRIC' }));
      return;
    }
    for (const scores of [data(`image/${name}/scores`), Array.from(data(`image/${name}/scores`))]) {
      const got = imageMetrics(scores, data(`image/${name}/labels`));
      near(got.auroc, want.auroc);
      near(got.ap, want.averagePrecision);
      near(got.f1Max, want.f1Max);
      expect(got.f1Threshold).toBe(want.f1Threshold);
    }
  });
});

describe('pixel metrics equal the reference', () => {
  test.each(Object.entries(golden.pixel))('%s', (name, want) => {
    const [maps, masks, size] = [
      data(`pixel/${name}/maps`),
      data(`pixel/${name}/masks`),
      { width: 64, height: 64 },
    ];
    if (want.undefined) {
      expect(() => pixelMetrics(maps, masks, size)).toThrow(
        expect.objectContaining({ code: 'UNDEFINED_METRIC' }),
      );
      return;
    }
    const got = pixelMetrics(maps, masks, size);
    near(got.auroc, want.auroc);
    near(got.ap, want.averagePrecision);
    near(got.f1Max, want.f1Max);
    expect(got.f1Threshold).toBe(want.f1Threshold);
    near(got.iouMax, want.iouMax);
    expect(iouMax(maps, masks)).toEqual({ value: got.iouMax, threshold: want.iouThreshold });
    for (const limit of ['0.3', '0.05', '1.0']) {
      near(auPro(maps, masks, size, { fprLimit: Number(limit) }), want.aupro[limit] ?? Number.NaN);
      const four = auPro(maps, masks, size, { fprLimit: Number(limit), connectivity: 4 });
      near(four, want.aupro4Connected[limit] ?? Number.NaN);
    }
    expect(labelRegions(masks, size).count).toBe(want.regions);
    expect(labelRegions(masks, size, 4).count).toBe(want.regions4Connected);
  });
});

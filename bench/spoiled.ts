import { loadSample, type Sample, syntheticAnomaly } from '@mint/data';
import type { DetectorConfig } from '@mint/detector';
import { preprocessingOf } from '@mint/trainer';

/** Defective copies of each image. */
const COPIES = 3;

/** Copies of good images with synthetic defects, for judging without test images. The same images get the same defects. */
export async function spoiled(samples: readonly Sample[], config: DetectorConfig): Promise<Sample[]> {
  const result: Sample[] = [];
  for (const [i, sample] of samples.entries()) {
    const { image } = await loadSample(sample, preprocessingOf(config));
    const { imagePath: _, ...rest } = sample;
    for (let copy = 0; copy < COPIES; copy++) {
      const seed = i * COPIES + copy;
      result.push({
        ...rest,
        id: `${sample.id}#${copy}`,
        split: 'test',
        label: 'anomalous',
        defect: 'made',
        render: () => syntheticAnomaly(image, seed),
      });
    }
  }
  return result;
}

import { loadSample, type Sample, syntheticAnomaly } from '@mint/data';
import { type DetectorConfig, preprocessingOf } from '@mint/detector';

/** Copies of each image with a synthetic anomaly. */
const COPIES = 3;

/** Copies of good images with synthetic anomalies, to compare models without test images. The same images get the same anomalies. */
export async function withAnomalies(samples: readonly Sample[], config: DetectorConfig): Promise<Sample[]> {
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

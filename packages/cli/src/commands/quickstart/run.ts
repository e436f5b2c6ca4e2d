import { join, resolve } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { type MintDetector, PAPER_CONFIG } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { metricsTable, overlaySheet } from '@mint/report';
import { PRESETS, type ScoredImage } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { trainAndEvaluate } from '../../jobs/train-and-evaluate.js';
import { marksOf } from '../../output/outlines.js';
import { heatScaleOf } from '../../output/overlays.js';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { clock } from '../../shell/progress.js';
import type { QuickstartFlags } from './flags.js';

/** The lowest false-alarm rate that nine held-out images per class can keep. */
const ALPHA = 0.1;

/** `mint quickstart`: the whole job on the procedural data set, with nothing to download. Returns the exit code. */
export async function runQuickstart(
  flags: QuickstartFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const { seed } = flags;
  const out = resolve(flags.out);
  const device = await useDevice(flags, progress);
  const dataset = proceduralDataset({ seed });
  const { train, ...detector } = PRESETS.quick;
  const overview = new Overview();
  const { signal, release } = interruption(progress);
  try {
    const { metrics, trainingSeconds } = await trainAndEvaluate(
      {
        dataset,
        detector: {
          ...PAPER_CONFIG,
          classes: dataset.classes,
          backbone: { kind: 'scattering' },
          ...detector,
          seed,
        },
        train: { ...train, seed },
        alpha: ALPHA,
        out,
        cache: join(out, 'feature-cache'),
        device,
        strict: true,
        overlays: 4,
        // A second quickstart takes the place of the first.
        overwrite: true,
        signal,
        afterStop: 'start again from the beginning.',
        onImage: (image, detector) => overview.add(image, detector),
      },
      progress,
    );
    await writeFileAtomic(join(out, 'overview.png'), overview.png());
    const table = metrics === undefined ? '' : metricsTable(metrics, metrics.protocol);
    print([table, '', ...nextSteps(out, trainingSeconds)].join('\n'), metrics);
    return 0;
  } finally {
    release();
  }
}

/** Heat maps of one anomalous image for each kind of defect of each class. */
class Overview {
  readonly #shown = new Map<string, Parameters<typeof overlaySheet>[0][number]>();

  add(scored: ScoredImage, detector: MintDetector): void {
    const { sample, prediction, image } = scored;
    if (sample.label === 'normal') return;
    this.#shown.set(`${sample.className}/${sample.defect}`, {
      image,
      map: prediction.anomalyMap,
      options: {
        scale: heatScaleOf(detector, scored),
        ...marksOf(detector, prediction, sample.className, image),
        title: sample.id,
      },
    });
  }

  png(): Uint8Array {
    return overlaySheet([...this.#shown.values()], 4);
  }
}

const nextSteps = (out: string, seconds: number): readonly string[] => [
  `Trained in ${clock(seconds)}. Look at ${join(out, 'overview.png')} and ${join(out, 'report.html')}.`,
  'Now your own images: put good images for training into parts/<product>/train/good/, and images for the test into',
  'parts/<product>/test/good/ and parts/<product>/test/<defect>/, then run',
  '  npm run mint -- train ./parts --out runs/parts',
];

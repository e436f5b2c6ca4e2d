import { join, resolve } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import { metricsTable, overlaySheet } from '@mint/report';
import { PRESETS } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { heatScaleOf } from '../../output/overlays.js';
import type { CommandContext } from '../../shell/context.js';
import { Interrupted, interruption } from '../../shell/interruption.js';
import { clock } from '../../shell/progress.js';
import { runTrainingJob } from '../../training/pipeline.js';
import type { QuickstartFlags } from './flags.js';

/** `mint quickstart`: the whole job on the procedural data set, with nothing to download. Returns the exit code. */
export async function runQuickstart(
  flags: QuickstartFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const out = resolve(flags.out);
  const used = await useDevice(flags, progress);
  const dataset = proceduralDataset({ seed: flags.seed });
  const { train, ...detector } = PRESETS.quick;
  const config: DetectorConfig = {
    ...PAPER_CONFIG,
    classes: dataset.classes,
    backbone: { kind: 'scattering' },
    ...detector,
    seed: flags.seed,
  };
  const shown = new Map<string, Parameters<typeof overlaySheet>[0][number]>();
  const { signal, release } = interruption(progress);
  try {
    const { finished, metrics, trainingSeconds } = await runTrainingJob(
      {
        dataset,
        config,
        backbone: {},
        train: { ...train, seed: flags.seed },
        // What nine held-out images a class can promise.
        alpha: 0.1,
        out,
        cache: join(out, 'feature-cache'),
        device: used,
        resume: false,
        strict: true,
        overlays: 4,
        signal,
        onImage: (scored, detector) => {
          const { sample, prediction, image } = scored;
          if (sample.label === 'normal') return;
          shown.set(`${sample.className}/${sample.defect}`, {
            image,
            map: prediction.anomalyMap,
            options: { scale: heatScaleOf(detector, scored), title: sample.id },
          });
        },
      },
      progress,
    );
    if (!finished || metrics === undefined) throw new Interrupted('stopped; start again from the beginning.');
    await writeFileAtomic(join(out, 'overview.png'), overlaySheet([...shown.values()], 4));
    print(
      [
        metricsTable(metrics, metrics.protocol),
        '',
        `Trained in ${clock(trainingSeconds)}. Look at ${join(out, 'overview.png')} and ${join(out, 'report.html')}.`,
        'Now your own images: put good ones into parts/<product>/train/good/, some to judge into',
        'parts/<product>/test/good/ and parts/<product>/test/<defect>/, then',
        '  npm run mint -- train ./parts --out runs/parts',
      ].join('\n'),
      metrics,
    );
    return 0;
  } finally {
    release();
  }
}

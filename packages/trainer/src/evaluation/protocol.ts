import { createRequire } from 'node:module';
import { describePreprocessing } from '@mint/data';
import { type DetectorConfig, type MintDetector, setOf } from '@mint/detector';
import { sha256 } from '@mint/internal/node';
import type { LabelRegime } from '@mint/metrics';
import { preprocessingOf } from '../features/compute-features.js';
import { weightsHash } from '../features/feature-cache-of.js';
import type { EvaluateOptions } from './evaluate.js';
import { EVALUATION_PROTOCOLS } from './protocols.js';

/** How numbers came about; two tables with different manifests may differ for that reason alone. */
export type Protocol = Readonly<Record<string, string | number | readonly string[]>>;

/** The network is never told the class: it is used to group images and, where given, to choose limits. */
export function labelRegimeOf(
  { model }: DetectorConfig,
  { classGiven }: Pick<EvaluateOptions, 'classGiven'>,
): LabelRegime {
  return classGiven ? 'given' : model === 'uniad' ? 'absent' : 'predicted';
}

/** The manifest of an evaluation. @param hashes - SHA-256 of the test images. */
export function protocolOf(
  detector: MintDetector,
  options: Omit<EvaluateOptions, 'cache'>,
  hashes: readonly string[],
): Protocol {
  const { dataset, backend, seed, replicates = 1000, protocol: name = 'own' } = options;
  const { size, smoothing, score, auProFprLimits, differs } = EVALUATION_PROTOCOLS[name];
  const { config, backbone, network, images, calibration } = detector.toState();
  const sets = images === undefined ? [] : hashes.map((hash) => setOf(images, hash));
  const sizeText = ({ width, height }: { readonly width: number; readonly height: number }) =>
    `${width}x${height}`;
  const { version } = createRequire(import.meta.url)('@mint/trainer/package.json') as { version: string };
  return {
    protocol: name,
    ...(differs.length === 0 ? {} : { differsFromOriginal: differs }),
    dataset: dataset.name,
    classes: dataset.classes,
    model: config.model,
    resize: describePreprocessing(preprocessingOf(config)),
    evaluationSize:
      size === 'image'
        ? 'the picture as taken'
        : `${sizeText(size === 'input' ? config.input : size)}${config.input.tiles === undefined ? '' : ', the picture as taken where it is in tiles'}`,
    mapUpsampling: `bilinear, aligned corners${size === 'input' ? '' : ', then bilinear, half-pixel centres'}`,
    mapSmoothing:
      smoothing === undefined ? 'none' : `Gaussian, sigma ${smoothing.sigma}, window ${smoothing.window}`,
    maskRule: 'pixel > 0, nearest',
    scoreReduction: score === 'model' ? config.score : score,
    auProFprLimit: auProFprLimits.join(', '),
    auProConnectivity: 8,
    labelRegime: labelRegimeOf(config, options),
    intervals: replicates === 0 ? 'none' : `95 %, DeLong and bootstrap of ${replicates} draws`,
    ...(calibration === undefined ? {} : { alpha: calibration.alpha }),
    // Not 0: test images the model learned or was calibrated on; the numbers flatter it.
    ...(images === undefined
      ? {}
      : { testPicturesSeenBefore: sets.filter((set) => set === 'fit' || set === 'heldOut').length }),
    splitHash: sha256(...hashes.toSorted()),
    weightsHash: weightsHash({ ...backbone, ...network }),
    seed,
    backend,
    version,
  };
}

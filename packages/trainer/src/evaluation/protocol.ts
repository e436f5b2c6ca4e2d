import { createRequire } from 'node:module';
import { type Dataset, describePreprocessing } from '@mint/data';
import { type DetectorConfig, type MintDetector, modelKind, preprocessingOf, setOf } from '@mint/detector';
import { sha256 } from '@mint/internal/node';
import type { LabelRegime } from '@mint/metrics';
import { originOf } from '../features/backbone-origin.js';
import { weightsHash } from '../features/feature-cache-of.js';
import { PROTOCOLS, type ProtocolName } from './protocols.js';

/** How the numbers of an evaluation were computed; two tables whose protocols differ may differ for that reason alone. */
export type Protocol = Readonly<Record<string, string | number | readonly string[]>>;

/** What the numbers of an evaluation depend on besides the detector. */
export interface EvaluationConditions {
  /** Its test images are scored. */
  readonly dataset: Dataset;
  /** What computes, such as the name of the tfjs backend; for the protocol. */
  readonly backend: string;
  /** Seed of the bootstrap draws. */
  readonly seed: number;
  /**
   * Decides with the thresholds of the class an image shows, as on a line that knows its products, and scores an image of an
   * added class as that class. @defaultValue false
   */
  readonly classGiven?: boolean | undefined;
  /** Conventions by which maps become numbers. @defaultValue 'own' */
  readonly protocol?: ProtocolName | undefined;
  /** Bootstrap draws behind the 95 % intervals; with 0 there are no intervals. @defaultValue 1000 */
  readonly replicates?: number | undefined;
}

/** The network never gets the class: it groups images and, where given, chooses thresholds. */
export function labelRegimeOf({ model }: DetectorConfig, classGiven: boolean): LabelRegime {
  return classGiven ? 'given' : modelKind({ model }).recognisesClasses ? 'predicted' : 'absent';
}

/** The protocol of an evaluation. @param hashes - SHA-256 of the test images. */
export function protocolOf(
  detector: MintDetector,
  options: EvaluationConditions,
  hashes: readonly string[],
): Protocol {
  const { dataset, backend, seed, replicates = 1000, protocol: name = 'own' } = options;
  const { size, smoothing, score, auProFprLimits, differs } = PROTOCOLS[name];
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
    mapUpsampling: `bilinear, ${config.upsampling === 'centres' ? 'half-pixel centres' : 'aligned corners'}${size === 'input' ? '' : ', then bilinear, half-pixel centres'}`,
    mapSmoothing:
      smoothing === undefined ? 'none' : `Gaussian, sigma ${smoothing.sigma}, window ${smoothing.window}`,
    maskRule: 'pixel > 0, nearest',
    scoreReduction: score === 'model' ? config.score : score,
    auProFprLimit: auProFprLimits.join(', '),
    auProConnectivity: 8,
    labelRegime: labelRegimeOf(config, options.classGiven ?? false),
    intervals: replicates === 0 ? 'none' : `95 %, DeLong and bootstrap of ${replicates} draws`,
    ...(calibration === undefined ? {} : { alpha: calibration.alpha }),
    // Test images that the model was trained or calibrated on; unless 0, the numbers flatter it.
    ...(images === undefined
      ? {}
      : { testPicturesSeenBefore: sets.filter((set) => set === 'fit' || set === 'heldOut').length }),
    splitHash: sha256(...hashes.toSorted()),
    weightsHash: weightsHash({ ...backbone, ...network }),
    ...(detector.provenance?.suspects === undefined ? {} : { suspects: detector.provenance.suspects }),
    ...originOf(detector.provenance),
    seed,
    backend,
    version,
  };
}

/** The work that `race.ts` times: one row for each batch size. */
import {
  type BackboneConfig,
  backboneFeatures,
  backboneSpecs,
  initParams,
  type Params,
} from '@mint/backbone';
import { useInt8 } from '@mint/backend-onnx';
import type { DetectorConfig, MintDetector } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { VIT_SMALL } from '../vit-small.js';
import { fullSizeUniad, median, medianMs, trainSteps } from '../workloads.js';
import { gflop } from './operations.js';

type Precision = NonNullable<DetectorConfig['precision']>;

/** What is measured of one batch size. */
interface Measured {
  readonly ms: number;
  /** Billions of operations in products. */
  readonly gflop: number;
}

/** One network, by the name that `peers.py` knows it by. */
export interface Work {
  readonly name: string;
  readonly batches: readonly number[];
  readonly measure: (batch: number, precision: Precision) => Promise<Measured>;
  /** Whether it has a fair share of products that int8 makes faster. */
  readonly int8: boolean;
}

/** Two inputs in turn, as in use: an input that stays the same is built into the graph. */
async function alternate<T extends tf.Tensor>(
  draw: () => T,
  call: (input: T) => Promise<unknown>,
): Promise<Measured> {
  const inputs = [draw(), draw()] as const;
  const counted = await gflop(() => call(inputs[0]));
  const ms = await medianMs((i) => call(inputs[i % 2 === 0 ? 0 : 1]));
  tf.dispose([...inputs]);
  return { ms, gflop: counted };
}

const images = (batch: number, side: number) => () =>
  tf.randomUniform<tf.Rank.R4>([batch, side, side, 3], -2, 2);

/** A network that lives as long as its row is measured. */
async function withDetector<T>(
  use: (detector: MintDetector) => Promise<T>,
  precision: Precision = 'float32',
): Promise<T> {
  const detector = await fullSizeUniad(precision);
  return use(detector).finally(() => detector.dispose());
}

async function readAll(maps: tf.Tensor[]): Promise<void> {
  await Promise.all(maps.map((map) => map.data()));
  tf.dispose(maps);
}

/** Feature maps of a backbone with random weights, of normalised images. */
const backbone = (name: string, side: number, config: BackboneConfig): Work => ({
  name,
  batches: [8, 1],
  int8: config.kind === 'vit',
  measure: async (batch, precision) => {
    const params: Params = initParams(backboneSpecs(config), 1);
    if (precision === 'int8') useInt8(Object.values(params).filter(({ rank }) => rank === 2));
    const call = (x: tf.Tensor4D) => readAll(backboneFeatures(params, config, x));
    return alternate(images(batch, side), call).finally(() => tf.dispose(params));
  },
});

const resnet = { kind: 'resnet', layers: [1, 2, 3] } as const;
const vitSmall = {
  ...VIT_SMALL,
  blocks: [2, 5, 8, 11],
  finalNorm: false,
} as const;

export const WORKS: readonly Work[] = [
  {
    name: 'train-step',
    batches: [8],
    int8: false,
    measure: () =>
      withDetector(async (detector) => {
        const ms = median(await trainSteps(detector));
        return { ms, gflop: await gflop(() => trainSteps(detector, 1)) };
      }),
  },
  {
    name: 'forward',
    batches: [8, 1],
    int8: true,
    measure: (batch, precision) =>
      withDetector(
        (detector) =>
          alternate(
            () => tf.randomNormal<tf.Rank.R4>([batch, 14, 14, 272]),
            (features) => detector.predictFeatures(features),
          ),
        precision,
      ),
  },
  {
    name: 'efficientnet-b4',
    batches: [8, 1],
    int8: false,
    measure: (batch) =>
      withDetector((detector) => alternate(images(batch, 224), (x) => readAll([detector.features(x)]))),
  },
  backbone('resnet18', 224, { ...resnet, block: 'basic', depths: [2, 2, 2, 2] }),
  backbone('wide-resnet50', 224, { ...resnet, block: 'bottleneck', depths: [3, 4, 6, 3], baseWidth: 128 }),
  backbone('vit-s14-224', 224, vitSmall),
  backbone('vit-s14-392', 392, vitSmall),
];

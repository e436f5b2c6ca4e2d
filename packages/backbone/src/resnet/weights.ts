import type { SafetensorsFile, TypedTensor } from '@mint/internal';
import { normal, type WeightSpecs, zeros } from '@mint/internal/tfjs';
import { foldConvolution } from '../port/fold-convolution.js';
import { portTensors } from '../port/port-tensors.js';
import { neededConvs, type ResNetConfig, resNetInfo } from './config.js';

/** Epsilon of the batch norms in torchvision and timm. */
const EPSILON = 1e-5;

/**
 * Shapes of the folded weights of {@link resNetFeatures}: one kernel and one bias per convolution, in tfjs' layout. Random
 * draws, for tests.
 *
 * @throws MintError as {@link resNetInfo}.
 *
 * @example
 * ```ts
 * import { resNetSpecs } from '@mint/backbone';
 *
 * const specs = resNetSpecs({ block: 'basic', depths: [2, 2, 2, 2], layers: [1, 2] });
 * console.log(specs['layer2.0.conv1/kernel']?.shape); // [ 3, 3, 64, 128 ]
 * ```
 */
export function resNetSpecs(config: ResNetConfig): WeightSpecs {
  resNetInfo(config);
  return Object.fromEntries(
    neededConvs(config).flatMap(({ name, kernel, from, to }) => {
      const deviation = 1 / Math.sqrt(kernel * kernel * from);
      return [
        [`${name}/kernel`, { shape: [kernel, kernel, from, to], init: normal(deviation) }] as const,
        [`${name}/bias`, { shape: [to], init: zeros }] as const,
      ];
    }),
  );
}

/**
 * Weights by the names of {@link resNetSpecs} from tensors with torchvision's or timm's names. Batch norms are folded into
 * their convolutions, or have been before.
 *
 * @param name - How messages refer to the file.
 * @throws MintError `MISSING_WEIGHT`, `SHAPE_MISMATCH` or `CORRUPT_FILE`, naming file and tensor.
 *
 * @example
 * ```ts no-run
 * import { readFileSync } from 'node:fs';
 * import { decodeWeightsFile, loadResNetWeights, toTensors } from '@mint/backbone';
 *
 * const config = { block: 'basic', depths: [2, 2, 2, 2], layers: [1, 2, 3] } as const; // ResNet-18
 * const file = decodeWeightsFile(readFileSync('resnet18.safetensors'), 'resnet18.safetensors');
 * const params = toTensors(loadResNetWeights(file, config, 'resnet18.safetensors'));
 * console.log(params['conv1/kernel']?.shape); // [ 7, 7, 3, 64 ]
 * ```
 */
export function loadResNetWeights(
  file: SafetensorsFile,
  config: ResNetConfig,
  name: string,
): Record<string, TypedTensor> {
  resNetInfo(config);
  const port = portTensors(file, name, `a ResNet with ${config.depths.join(', ')} ${config.block} blocks`);
  return Object.fromEntries(
    neededConvs(config).flatMap((info) => {
      const { kernel, bias } = foldConvolution(port, { ...info, conv: info.name }, EPSILON);
      return [[`${info.name}/kernel`, kernel] as const, [`${info.name}/bias`, bias] as const];
    }),
  );
}

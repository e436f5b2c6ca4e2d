/** Mean and standard deviation of image channels that weights were trained with. */
export interface Normalisation {
  /** Mean of R, G and B, each in [0, 1]. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation of R, G and B, likewise. */
  readonly std: readonly [number, number, number];
}

/** One set of published weights. */
export interface WeightsInfo {
  /** Repository on the hub. */
  readonly repo: string;
  /** File in the repository, in the safetensors format. */
  readonly file: string;
  /**
   * Commit of the repository, 40 hexadecimal digits. Without it the newest one at the time of the download is taken and
   * recorded.
   */
  readonly revision?: string | undefined;
  /** SHA-256 of the file. Without it the hub's own word for it is checked and recorded. */
  readonly sha256?: string | undefined;
  /** Millions of parameters; a file in float32 has four times as many megabytes. */
  readonly parameters: number;
  /** SPDX identifier, or the name of the licence. */
  readonly licence: string;
  /** Side of the images that the weights were trained with, in pixels. */
  readonly inputSize: number;
  /** How images are normalised. */
  readonly normalisation: Normalisation;
  /** What it is good for. */
  readonly use: string;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

const dinov2 = (size: string, parameters: number, registers: boolean, use: string): WeightsInfo => ({
  repo: `timm/vit_${size}_patch14_${registers ? 'reg4_' : ''}dinov2.lvd142m`,
  file: 'model.safetensors',
  parameters,
  licence: 'Apache-2.0',
  inputSize: 518,
  normalisation: IMAGENET,
  use,
});

const dinov3 = (tag: string, parameters: number, licence: string, use: string): WeightsInfo => ({
  repo: `timm/${tag}`,
  file: 'model.safetensors',
  parameters,
  licence,
  inputSize: 256,
  normalisation: IMAGENET,
  use,
});

const TABLE = {
  efficientnet_b4: {
    repo: 'timm/tf_efficientnet_b4.aa_in1k',
    file: 'model.safetensors',
    parameters: 19.3,
    licence: 'Apache-2.0',
    inputSize: 380,
    normalisation: IMAGENET,
    use: 'the default: what UniAD and MINT-AD use',
  },
  resnet18: {
    repo: 'timm/resnet18.tv_in1k',
    file: 'model.safetensors',
    parameters: 11.7,
    licence: 'BSD-3-Clause',
    inputSize: 224,
    normalisation: IMAGENET,
    use: 'the smallest and fastest; PaDiM uses it',
  },
  wide_resnet50_2: {
    repo: 'timm/wide_resnet50_2.tv_in1k',
    file: 'model.safetensors',
    parameters: 68.9,
    licence: 'BSD-3-Clause',
    inputSize: 224,
    normalisation: IMAGENET,
    use: 'PatchCore uses it; slow on a CPU',
  },
  vit_tiny_patch16_224: {
    repo: 'timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k',
    file: 'model.safetensors',
    parameters: 5.7,
    licence: 'Apache-2.0',
    inputSize: 224,
    normalisation: HALF,
    use: 'a small transformer trained with labels',
  },
  vit_small_patch14_dinov2: dinov2('small', 22.1, false, 'features learned without labels'),
  vit_base_patch14_dinov2: dinov2('base', 86.6, false, 'the same, four times as large'),
  vit_large_patch14_dinov2: dinov2('large', 304.4, false, 'the same, for a GPU'),
  vit_small_patch14_reg4_dinov2: dinov2(
    'small',
    22.1,
    true,
    'cleaner maps: registers take what is not local',
  ),
  vit_base_patch14_reg4_dinov2: dinov2('base', 86.6, true, 'the same, four times as large; Dinomaly uses it'),
  vit_large_patch14_reg4_dinov2: dinov2('large', 304.4, true, 'the same, for a GPU'),
  vit_small_patch16_dinov3: dinov3(
    'vit_small_patch16_dinov3.lvd1689m',
    21.6,
    'DINOv3 License',
    'sharp local features; read its licence',
  ),
  vit_base_patch16_dinov3: dinov3(
    'vit_base_patch16_dinov3.lvd1689m',
    85.6,
    'DINOv3 License',
    'the same, four times as large',
  ),
  'vit_tiny_patch16_dinov3_qkvb.eupe_lvd1689m': dinov3(
    'vit_tiny_patch16_dinov3_qkvb.eupe_lvd1689m',
    5.5,
    'FAIR Noncommercial Research License',
    'a distilled relative for small machines; research only',
  ),
} as const satisfies Record<string, WeightsInfo>;

/** Name of weights in {@link WEIGHTS}. */
export type WeightsName = keyof typeof TABLE;

/**
 * Weights by name. Names, repositories, licences, sizes and normalisation are those of timm 1.0.31. Revisions and hashes are
 * left empty where they could not be looked up; see {@link WeightsInfo.revision}.
 *
 * See the example of {@link getWeights}.
 */
export const WEIGHTS: Readonly<Record<WeightsName, WeightsInfo>> = TABLE;

/** Whether there are weights of this name. */
export const isWeightsName = (name: string): name is WeightsName => Object.hasOwn(WEIGHTS, name);

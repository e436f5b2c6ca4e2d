import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import {
  type BackboneConfig,
  backboneInfo,
  decodeWeightsFile,
  type FoundBackbone,
  readBackboneWeights,
  recogniseBackbone,
  type SafetensorsFile,
} from '@mint/backbone';
import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import { MintError, oneLine, type TypedTensor } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';

/** More than any published model has. */
const MAX_SHARDS = 1000;
const MAX_INDEX_BYTES = 10_000_000;

/**
 * Where the weights of a backbone come from: `config.json`, model and protocol of a training name it. Entries of a joined
 * backbone are those of its parts, joined by `+`.
 */
export interface BackboneOrigin {
  /** Name of the weights, or of their file. */
  readonly name: string;
  /** Commit of the repository that they were downloaded from; absent for a file. */
  readonly revision?: string | undefined;
  /** Hexadecimal SHA-256 of the file; for a model in several parts, of all parts in the order of the index. */
  readonly sha256: string;
  /** Absent where the file does not name it. */
  readonly licence?: string | undefined;
}

/** The result of {@link loadBackbone}. */
export interface LoadedBackbone {
  /** For `DetectorConfig.backbone`. */
  readonly backbone: BackboneConfig;
  /** For `MintDetector.create`; empty when the backbone has no weights. */
  readonly weights: Readonly<Record<string, TypedTensor>>;
  /** What the file holds; absent without a file. */
  readonly found?: FoundBackbone | undefined;
  /** Where the weights come from; absent without a file. */
  readonly origin?: BackboneOrigin | undefined;
}

/**
 * Reads the weights of a frozen backbone from a file and recognises what they are (Node.js). Without a file: the scattering
 * backbone, which needs no weights.
 *
 * @param path - A `.safetensors` file, or the `.safetensors.index.json` of one in several parts.
 * @param backbone - What the file holds. Default: what {@link recogniseBackbone} says.
 * @throws MintError `INVALID_ARGUMENT` for a file that is not known, `NOT_FOUND` when it cannot be read; those of
 * `readBackboneWeights`.
 *
 * @example
 * ```ts
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import { inputFor, loadBackbone, multiScale } from '@mint/trainer';
 *
 * const { backbone, weights } = await loadBackbone(process.env.WEIGHTS);
 * const config = { ...PAPER_CONFIG, classes: ['nut'], backbone, ...inputFor(backbone, PAPER_CONFIG.input) };
 * const detector = MintDetector.create(config, { backbone: weights });
 * console.log(detector.config.backbone.kind, detector.config.grid); // scattering [ 14, 14 ]
 * console.log(multiScale(backbone, detector.config)); // { grid: [ 14, 14 ], scales: 2 }
 * ```
 */
export async function loadBackbone(
  path: string | undefined,
  backbone?: BackboneConfig | undefined,
): Promise<LoadedBackbone> {
  if (path === undefined) return { backbone: { kind: 'scattering' }, weights: {} };
  const { file, hash } = await readWeightsFile(path);
  const found = recogniseBackbone(file, path);
  const config = backbone ?? found.backbone;
  return {
    backbone: config,
    weights: readBackboneWeights(file, config, path),
    found,
    origin: { name: basename(path), sha256: hash, licence: found.licence },
  };
}

/**
 * Input and token grid of a detector on this backbone: normalised as its weights want it, and one token for each cell of the
 * coarsest feature map.
 *
 * @param input - Size and preprocessing. @defaultValue those of `PAPER_CONFIG`, 224 x 224
 * @throws MintError `INVALID_ARGUMENT` when the size is not a multiple of what the backbone needs, with the nearest that is.
 *
 * See the example of {@link loadBackbone}.
 */
export function inputFor(
  backbone: BackboneConfig,
  input: DetectorConfig['input'] = PAPER_CONFIG.input,
): Pick<DetectorConfig, 'input' | 'grid'> {
  const { inputMultiple, normalisation, strides } = backboneInfo(backbone);
  const { width, height } = input;
  if (width % inputMultiple !== 0 || height % inputMultiple !== 0) {
    const near = (side: number) => Math.max(1, Math.round(side / inputMultiple)) * inputMultiple;
    throw new MintError(
      'INVALID_ARGUMENT',
      `${width} x ${height} pixels: the backbone needs sides that are multiples of ${inputMultiple}, such as ${near(width)} x ${near(height)}.`,
    );
  }
  const stride = Math.max(...strides);
  return {
    input: { ...input, ...normalisation },
    grid: [Math.max(1, Math.floor(height / stride)), Math.max(1, Math.floor(width / stride))],
  };
}

/** Scales of a map that is taken at several, where the grid can be halved so often. */
const SCALES = 3;

/**
 * The grid of a map at several scales: twice as fine as the coarsest features, where the backbone has finer ones.
 *
 * See the example of {@link loadBackbone}.
 *
 * @param fitted - From {@link inputFor}.
 * @returns `scales` is 3, or less where rows or columns cannot be halved so often.
 * @throws MintError `INVALID_ARGUMENT` where they cannot be halved at all.
 */
export function multiScale(
  backbone: BackboneConfig,
  { grid: [rows, cols] }: Pick<DetectorConfig, 'grid'>,
): Required<Pick<DetectorConfig, 'grid' | 'scales'>> {
  const { strides } = backboneInfo(backbone);
  const finer = Math.min(...strides) < Math.max(...strides) ? 2 : 1;
  const grid = [rows * finer, cols * finer] as const;
  const fits = (scales: number) => grid.every((side) => side % 2 ** (scales - 1) === 0);
  const scales = [SCALES, 2].find(fits);
  if (scales !== undefined) return { grid, scales };
  throw new MintError(
    'INVALID_ARGUMENT',
    `a grid of ${rows} x ${cols} tokens cannot be halved, which maps at several scales need; choose another input size.`,
  );
}

/** The tensors of a file, or of all parts that an index names, and the SHA-256 of their bytes. */
async function readWeightsFile(path: string): Promise<{ file: SafetensorsFile; hash: string }> {
  const paths = path.endsWith('.json') ? await partsOf(path) : [path];
  const hash = createHash('sha256');
  const parts: SafetensorsFile[] = [];
  for (const part of paths) {
    const bytes = await readFileOf('backbone weights', part);
    hash.update(bytes);
    parts.push(decodeWeightsFile(bytes, part));
  }
  const file = {
    tensors: Object.assign(Object.create(null), ...parts.map(({ tensors }) => tensors)),
    metadata: Object.assign({}, ...parts.map(({ metadata }) => metadata)),
  };
  return { file, hash: hash.digest('hex') };
}

/** Paths of the parts that an index names. */
async function partsOf(path: string): Promise<string[]> {
  const index = await readFileOf('index of backbone weights', path, MAX_INDEX_BYTES);
  return shardsOf(index, path).map((name) => join(dirname(path), name));
}

/** Names of the parts in an index as Hugging Face writes it: `{ "weight_map": { tensor: file } }`. */
function shardsOf(bytes: Uint8Array, path: string): string[] {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${path}: not JSON: ${oneLine(error)}.`, { cause: error });
  }
  const map =
    typeof content === 'object' && content !== null && 'weight_map' in content
      ? content.weight_map
      : undefined;
  if (typeof map !== 'object' || map === null) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${path}: expected a .safetensors file, or an index with a 'weight_map' that names its parts.`,
    );
  }
  const names = [...new Set(Object.values(map).map(String))];
  const stray = names.find((name) => basename(name) !== name || !name.endsWith('.safetensors'));
  if (stray !== undefined || names.length > MAX_SHARDS) {
    throw new MintError(
      'CORRUPT_FILE',
      `${path}: parts must be at most ${MAX_SHARDS} .safetensors files beside the index, got ${oneLine(stray ?? `${names.length} names`)}.`,
    );
  }
  return names;
}

import { type BackboneConfig, readBackboneWeights } from '@mint/backbone';
import { PAPER_CONFIG } from '@mint/detector';
import { MintError, type TypedTensor } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';

/** The result of {@link loadBackbone}. */
export interface LoadedBackbone {
  /** For `DetectorConfig.backbone`. */
  readonly backbone: BackboneConfig;
  /** For `MintDetector.create`; empty when the backbone has no weights. */
  readonly weights: Readonly<Record<string, TypedTensor>>;
}

/**
 * Reads the weights of a frozen backbone from a file (Node.js). Without a file: the scattering backbone, which needs no
 * weights.
 *
 * @param path - Weights as a `.safetensors` file.
 * @param backbone - What the file holds. @defaultValue `PAPER_CONFIG.backbone`, EfficientNet-B4
 * @throws MintError `INVALID_ARGUMENT` for a file of another kind, `NOT_FOUND` when it cannot be read; those of
 * `readBackboneWeights`.
 *
 * @example
 * ```ts
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import { loadBackbone } from '@mint/trainer';
 *
 * const { backbone, weights } = await loadBackbone(process.env.WEIGHTS);
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes: ['nut'], backbone }, { backbone: weights });
 * console.log(detector.config.backbone.kind); // scattering
 * ```
 */
export async function loadBackbone(
  path: string | undefined,
  backbone: BackboneConfig = PAPER_CONFIG.backbone,
): Promise<LoadedBackbone> {
  if (path === undefined) return { backbone: { kind: 'scattering' }, weights: {} };
  if (path.endsWith('.json')) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${path}: expected the weights of a backbone in a .safetensors file.`,
    );
  }
  const bytes = await readFileOf('backbone weights', path);
  return { backbone, weights: readBackboneWeights(bytes, backbone, path) };
}

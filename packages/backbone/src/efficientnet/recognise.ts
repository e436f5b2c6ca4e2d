import type { RecognisedBackbone, WeightsOutline } from '../definition.js';
import { type EfficientNetConfig, type EfficientNetVariant, efficientNetBlocks } from './blocks.js';
import { convSources } from './weights.js';

const VARIANTS: readonly EfficientNetVariant[] = ['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'];

/** The last blocks at strides 2, 4, 8 and 16, as UniAD takes them. */
function lastBlocks(variant: EfficientNetVariant): number[] {
  const byStride = new Map(efficientNetBlocks(variant).map(({ reduction, index }) => [reduction, index]));
  return [2, 4, 8, 16].flatMap((stride) => byStride.get(stride) ?? []);
}

/**
 * Settings of an EfficientNet from the shapes of its tensors; undefined when the file holds another network. Where no variant
 * fits, the nearest one: reading its weights then says what does not fit.
 */
export function recogniseEfficientNet({
  shapes,
}: WeightsOutline): RecognisedBackbone<EfficientNetConfig> | undefined {
  const names = shapes.has('_conv_stem.weight') ? 'lukemelas' : 'timm';
  if (names === 'timm' && !shapes.has('conv_stem.weight')) return undefined;
  const [nearest] = VARIANTS.map((variant) => {
    const blocks = lastBlocks(variant);
    const sources = convSources({ variant, blocks, padding: 'static' });
    const fitting = sources.filter(
      (source) => shapes.get(`${source[names].conv}.weight`)?.[0] === source.outChannels,
    );
    return { variant, blocks, misfit: sources.length - fitting.length };
  }).sort((a, b) => a.misfit - b.misfit);
  if (nearest === undefined) return undefined;
  const { variant, blocks } = nearest;
  const title = `EfficientNet-${variant.toUpperCase()}, blocks ${blocks.join(', ')}`;
  return { config: { variant, blocks, padding: 'static' }, title };
}

import type { RecognisedBackbone, WeightsOutline } from '../definition.js';
import { type EfficientNetConfig, type EfficientNetVariant, efficientNetBlocks } from './blocks.js';
import { convSources } from './weights.js';

const VARIANTS: readonly EfficientNetVariant[] = ['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'];

/** The last blocks at strides 2, 4, 8 and 16, as UniAD takes them. */
function lastBlocks(variant: EfficientNetVariant): number[] {
  const byStride = new Map(efficientNetBlocks(variant).map(({ reduction, index }) => [reduction, index]));
  return [2, 4, 8, 16].flatMap((stride) => byStride.get(stride) ?? []);
}

/** Settings of an EfficientNet from the shapes of its tensors; undefined when the file holds another network. */
export function recogniseEfficientNet({
  shapes,
}: WeightsOutline): RecognisedBackbone<EfficientNetConfig> | undefined {
  const names = shapes.has('_conv_stem.weight') ? 'lukemelas' : 'timm';
  const variant = VARIANTS.find((candidate) =>
    convSources({ variant: candidate, blocks: lastBlocks(candidate), padding: 'static' }).every(
      (source) => shapes.get(`${source[names].conv}.weight`)?.[0] === source.outChannels,
    ),
  );
  if (variant === undefined) return undefined;
  const blocks = lastBlocks(variant);
  const title = `EfficientNet-${variant.toUpperCase()}, blocks ${blocks.join(', ')}`;
  return { config: { variant, blocks, padding: 'static' }, title };
}

import type { RecognisedBackbone, WeightsOutline } from '../definition.js';
import { EXPANSION, type FourNumbers, type ResNetConfig, STEM } from './config.js';

const FOUR = [1, 2, 3, 4] as const;

const forEachLayer = (count: (layer: number) => number): FourNumbers => [
  count(1),
  count(2),
  count(3),
  count(4),
];

/** Settings of a ResNet from the shapes of its tensors; undefined when the file holds another network. */
export function recogniseResNet({ shapes }: WeightsOutline): RecognisedBackbone<ResNetConfig> | undefined {
  const outputs = (name: string) => shapes.get(`${name}.weight`)?.[0];
  if (outputs('conv1') === undefined || outputs('layer1.0.conv1') === undefined) return undefined;
  const block = outputs('layer1.0.conv3') === undefined ? 'basic' : 'bottleneck';
  const depths = forEachLayer(
    (layer) =>
      [...shapes.keys()].filter((name) => new RegExp(`^layer${layer}\\.\\d+\\.conv1\\.weight$`).test(name))
        .length,
  );
  const planesOf = (layer: number) =>
    block === 'basic'
      ? outputs(`layer${layer}.0.conv1`)
      : (outputs(`layer${layer}.0.conv3`) ?? 0) / EXPANSION || undefined;
  const first = planesOf(1) ?? STEM.to;
  // A layer that the file lacks is not computed either; its channels only have to be there.
  const channels = forEachLayer((layer) => planesOf(layer) ?? first * 2 ** (layer - 1));
  const inner = block === 'basic' ? first : (outputs('layer1.0.conv1') ?? first);
  const config: ResNetConfig = {
    block,
    depths,
    channels,
    baseWidth: (64 * inner) / first,
    layers: FOUR.filter((layer) => layer < 4 && (depths[layer - 1] ?? 0) > 0),
  };
  const wide = inner > first ? 'wide ' : '';
  return { config, title: `${wide}ResNet with ${depths.join(', ')} ${block} blocks` };
}

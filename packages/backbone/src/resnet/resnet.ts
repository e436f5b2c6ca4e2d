import { IMAGENET_MEAN, IMAGENET_STD } from '../align.js';
import type { BackboneDefinition, JsonField } from '../definition.js';
import { type ResNetConfig, resNetInfo } from './config.js';
import { resNetFeatures } from './features.js';
import { recogniseResNet } from './recognise.js';
import { loadResNetWeights, resNetSpecs } from './weights.js';

function four(field: JsonField, most: number): [number, number, number, number] {
  const [a, b, c, d, ...rest] = field.list(4).map((item) => item.int(0, most));
  if (a === undefined || b === undefined || c === undefined || d === undefined || rest.length > 0)
    return field.fail('a list of four numbers');
  return [a, b, c, d];
}

/** ResNets 18, 34, 50 and wide ResNets (He et al. 2016; Zagoruyko and Komodakis 2016). */
export const resnet: BackboneDefinition<ResNetConfig> = {
  info: (config) => ({
    ...resNetInfo(config),
    inputMultiple: 1,
    bytesPerPixel: 1500,
    normalisation: { mean: IMAGENET_MEAN, std: IMAGENET_STD },
  }),
  specs: resNetSpecs,
  features: resNetFeatures,
  parse: (fields) => ({
    block: fields.get('block').oneOf('basic', 'bottleneck'),
    depths: four(fields.get('depths'), 64),
    channels: fields.get('channels').optional((field) => four(field, 4096)),
    baseWidth: fields.get('baseWidth').optional((field) => field.int(1, 4096)),
    layers: fields
      .get('layers')
      .list(4)
      .map((layer) => layer.int(1, 4)),
  }),
  recognise: recogniseResNet,
  readWeights: loadResNetWeights,
};

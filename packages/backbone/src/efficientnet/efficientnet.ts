import { IMAGENET_MEAN, IMAGENET_STD } from '../align.js';
import type { BackboneDefinition } from '../definition.js';
import { type EfficientNetConfig, efficientNetBlocks, efficientNetInfo } from './blocks.js';
import { efficientNetFeatures } from './features.js';
import { recogniseEfficientNet } from './recognise.js';
import { efficientNetSpecs, loadEfficientNetWeights } from './weights.js';

/** EfficientNet B0 to B7 (Tan and Le, ICML 2019). */
export const efficientnet: BackboneDefinition<EfficientNetConfig> = {
  info: (config) => ({
    ...efficientNetInfo(config),
    inputMultiple: 1,
    // B4 on ONNX Runtime, as `pnpm --filter bench large-image-memory` measures it; B7 takes half as much again.
    bytesPerPixel: 1500,
    normalisation: { mean: IMAGENET_MEAN, std: IMAGENET_STD },
  }),
  specs: efficientNetSpecs,
  features: efficientNetFeatures,
  parse: (fields) => {
    const variant = fields.get('variant').oneOf('b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7');
    const last = efficientNetBlocks(variant).length - 1;
    const blocks = fields.get('blocks').list(last + 1);
    return {
      variant,
      blocks: blocks.map((block) => block.int(0, last)),
      padding: fields.get('padding').oneOf('same', 'static'),
    };
  },
  recognise: recogniseEfficientNet,
  readWeights: loadEfficientNetWeights,
};

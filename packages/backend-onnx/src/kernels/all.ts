import type { KernelConfig } from '@tensorflow/tfjs-core';
import { creationKernels } from './creation.js';
import { arithmeticKernels } from './elementwise/arithmetic.js';
import { unaryKernels } from './elementwise/unary.js';
import { adamWKernels } from './fused/adamw.js';
import { attentionKernels } from './fused/attention.js';
import { geluKernels } from './fused/gelu.js';
import { layerNormKernels } from './fused/layer-norm.js';
import { resizeKernels } from './image/resize.js';
import { samplingKernels } from './image/sampling.js';
import { gatherKernels } from './indexing/gather.js';
import { hostKernels } from './indexing/host.js';
import { scatterKernels } from './indexing/scatter.js';
import { sparseKernels } from './indexing/sparse.js';
import { convolutionKernels } from './layers/convolution.js';
import { localResponseKernels } from './layers/local-response.js';
import { matMulKernels } from './layers/matmul.js';
import { morphologyKernels } from './layers/morphology.js';
import { normalizationKernels } from './layers/normalization.js';
import { poolingKernels } from './layers/pooling.js';
import { joiningKernels } from './layout/joining.js';
import { paddingKernels } from './layout/padding.js';
import { shapeKernels } from './layout/shape.js';
import { slicingKernels } from './layout/slicing.js';
import { spaceBatchKernels } from './layout/space-batch.js';
import { randomKernels } from './random.js';
import { reductionKernels } from './reduction.js';

/** All kernels of the backend. */
export const KERNELS: readonly KernelConfig[] = [
  ...arithmeticKernels,
  ...unaryKernels,
  ...reductionKernels,
  ...matMulKernels,
  ...shapeKernels,
  ...slicingKernels,
  ...joiningKernels,
  ...paddingKernels,
  ...gatherKernels,
  ...scatterKernels,
  ...spaceBatchKernels,
  ...creationKernels,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
  ...resizeKernels,
  ...samplingKernels,
  ...morphologyKernels,
  ...localResponseKernels,
  ...randomKernels,
  ...hostKernels,
  ...sparseKernels,
  ...attentionKernels,
  ...geluKernels,
  ...layerNormKernels,
  ...adamWKernels,
];

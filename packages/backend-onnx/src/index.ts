import { registerBackend, registerKernel } from '@tensorflow/tfjs-core';
import { OnnxBackend } from './backend.js';
import type { OnnxStats } from './graph/session-cache.js';
import { creationKernels } from './kernels/creation.js';
import { arithmeticKernels } from './kernels/elementwise/arithmetic.js';
import { unaryKernels } from './kernels/elementwise/unary.js';
import { adamWKernels } from './kernels/fused/adamw.js';
import { attentionKernels } from './kernels/fused/attention.js';
import { layerNormKernels } from './kernels/fused/layer-norm.js';
import { resizeKernels } from './kernels/image/resize.js';
import { samplingKernels } from './kernels/image/sampling.js';
import { gatherKernels } from './kernels/indexing/gather.js';
import { hostKernels } from './kernels/indexing/host.js';
import { scatterKernels } from './kernels/indexing/scatter.js';
import { sparseKernels } from './kernels/indexing/sparse.js';
import { convolutionKernels } from './kernels/layers/convolution.js';
import { localResponseKernels } from './kernels/layers/local-response.js';
import { matMulKernels } from './kernels/layers/matmul.js';
import { morphologyKernels } from './kernels/layers/morphology.js';
import { normalizationKernels } from './kernels/layers/normalization.js';
import { poolingKernels } from './kernels/layers/pooling.js';
import { shapeKernels } from './kernels/layout/shape.js';
import { spaceBatchKernels } from './kernels/layout/space-batch.js';
import { randomKernels } from './kernels/random.js';
import { reductionKernels } from './kernels/reduction.js';

export {
  type ExportOptions,
  exportOnnx,
  type FromLayer,
  type LayersModelLike,
  type NamedWeight,
} from './export/export-onnx.js';
export type { Tensors } from './export/record.js';
export type { OnnxStats } from './graph/session-cache.js';
export { type OnnxOptions, setOnnxOptions } from './options.js';
export type { Provider } from './providers.js';

let backend = new OnnxBackend();

/**
 * What the backend has compiled and run since it was registered.
 *
 * @example
 * ```ts
 * import { onnxStats } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * const { runs } = onnxStats();
 * console.log(await tf.sum(tf.square([1, 2, 3])).data()); // Float32Array(1) [ 14 ]
 * console.log(onnxStats().runs - runs, onnxStats().lastGraphNodes); // 1 2
 * ```
 */
export function onnxStats(): OnnxStats {
  return { ...backend.stats };
}

// Above the backends of tfjs that can run beside it in Node: wasm has 2, cpu 1.
const PRIORITY = 4;

/**
 * Registers the backend again after `tf.removeBackend('onnx')`. Importing this package does it the first time.
 *
 * @example
 * ```ts
 * import { registerOnnxBackend } from '@mint/backend-onnx';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * await tf.setBackend('onnx');
 * tf.removeBackend('onnx'); // frees its sessions and arrays
 * registerOnnxBackend();
 * console.log(await tf.setBackend('onnx')); // true
 * ```
 */
export function registerOnnxBackend(): void {
  registerBackend(
    'onnx',
    () => {
      backend = new OnnxBackend();
      return backend;
    },
    PRIORITY,
  );
}

registerOnnxBackend();
for (const kernel of [
  ...arithmeticKernels,
  ...unaryKernels,
  ...reductionKernels,
  ...matMulKernels,
  ...shapeKernels,
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
  ...layerNormKernels,
  ...adamWKernels,
]) {
  registerKernel(kernel);
}

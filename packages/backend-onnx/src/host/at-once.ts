import type { OnnxBackend } from '../backend.js';
import { neededNodes } from '../graph/plan.js';
import { known, makeData, sizeOf, type Value } from '../graph/value.js';
import { runInJavaScript, smallGraph } from './run.js';

// Operands of at most this many elements.
const MOST_ELEMENTS = 4096;

/**
 * A recorded result of `operands`, computed at once if they are known and small: that takes less time than to keep the
 * graph for later. It is for operators that programs end with, such as a softmax or the largest element: what is computed
 * at once can no longer be part of a graph whose weights ONNX Runtime folds.
 */
export function atOnce(backend: OnnxBackend, value: Value, operands: readonly Value[]): Value {
  if (backend.isRecording || value.node === undefined) return value;
  for (const { data, shape } of operands)
    if (data === undefined || sizeOf(shape) > MOST_ELEMENTS) return value;
  const nodes = neededNodes([value]);
  const graph = smallGraph(nodes);
  if (graph === undefined) return value;
  const [array] = runInJavaScript(graph, nodes, [value]);
  return array === undefined ? value : known(value.shape, value.dtype, makeData(array, value.dtype, true));
}

import type { Plan } from '../graph/plan.js';
import type { Node, Value } from '../graph/value.js';

const WEIGHT_INPUTS: Record<string, readonly number[]> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  MatMul: [1],
  FusedMatMul: [1],
  MatMulIntegerToFloat: [1, 3],
  BatchNormalization: [1, 2, 3, 4],
};

// Operators that move elements without changing them.
const LAYOUT = new Set(['Transpose', 'Reshape', 'Split']);

/** Feeds that are small tensors or weights, directly or through operators that only change the layout of weights. */
export function weightFeeds(plan: Plan): Set<number> {
  const weights = new Set<Value>();
  for (let i = plan.nodes.length - 1; i >= 0; i--) {
    const node = plan.nodes[i] as Node;
    const [first] = node.inputs;
    if (
      LAYOUT.has(node.signature.op) &&
      first !== undefined &&
      node.outputs.some((output) => weights.has(output))
    )
      weights.add(first);
    for (const index of WEIGHT_INPUTS[node.signature.op] ?? []) {
      const input = node.inputs[index];
      if (input !== undefined) weights.add(input);
    }
  }
  return new Set(plan.feeds.flatMap((feed, i) => (weights.has(feed) || feed.shape.length <= 1 ? [i] : [])));
}

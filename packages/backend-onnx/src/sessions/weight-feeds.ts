import type { Plan } from '../graph/plan.js';
import type { Node, Value } from '../graph/value.js';

const WEIGHT_INPUTS: Record<string, readonly number[]> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  MatMul: [1],
  FusedMatMul: [1],
  BatchNormalization: [1, 2, 3, 4],
};

/** Feeds that are small tensors or weights, directly or through operators that only change the layout of weights. */
export function weightFeeds(plan: Plan): Set<number> {
  const weights = new Set<Value>();
  const layout = (node: Node) => node.signature.op === 'Transpose' || node.signature.op === 'Reshape';
  for (let i = plan.nodes.length - 1; i >= 0; i--) {
    const node = plan.nodes[i] as Node;
    const [output, first] = [node.outputs[0], node.inputs[0]];
    if (layout(node) && output !== undefined && weights.has(output) && first !== undefined)
      weights.add(first);
    for (const index of WEIGHT_INPUTS[node.signature.op] ?? []) {
      const input = node.inputs[index];
      if (input !== undefined) weights.add(input);
    }
  }
  return new Set(plan.feeds.flatMap((feed, i) => (weights.has(feed) || feed.shape.length <= 1 ? [i] : [])));
}

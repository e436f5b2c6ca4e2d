import { runInJavaScript, smallGraph } from '../host/run.js';
import type { SessionCache } from '../sessions/session-cache.js';
import { graphFailure } from './footprint.js';
import { keepInputs, makePlan, neededNodes } from './plan.js';
import type { Node, TypedArray, Value } from './value.js';

/**
 * Computes the recorded graph of `outputs` (each lazy, no value twice); `allocate` lends arrays for the results.
 *
 * @throws MintError `COMPUTE_FAILED`.
 */
export function runGraph(
  outputs: readonly Value[],
  sessions: SessionCache,
  allocate: (value: Value) => TypedArray,
): TypedArray[] {
  const nodes = neededNodes(outputs);
  const small = smallGraph(nodes);
  if (small === undefined) return runPlan(nodes, outputs, sessions, allocate);
  const start = performance.now();
  try {
    return runInJavaScript(small, nodes, outputs);
  } catch (error) {
    const plan = makePlan(nodes, outputs);
    keepInputs(plan);
    throw graphFailure(plan, error);
  } finally {
    sessions.count(nodes.length, 0, performance.now() - start);
  }
}

function runPlan(
  nodes: readonly Node[],
  outputs: readonly Value[],
  sessions: SessionCache,
  allocate: (value: Value) => TypedArray,
): TypedArray[] {
  const plan = makePlan(nodes, outputs);
  try {
    return sessions.run(plan, allocate);
  } catch (error) {
    keepInputs(plan); // what is still to be computed needs them, though their tensors may be gone
    throw error;
  }
}

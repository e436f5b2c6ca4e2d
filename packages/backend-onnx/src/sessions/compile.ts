import { workingBytes } from '../graph/footprint.js';
import { encodeModel } from '../graph/model-proto.js';
import { graphOf, nodeName, type Plan, type Varying } from '../graph/plan.js';
import { onnxOptions } from '../options.js';
import { onnxRuntime } from './runtime.js';
import { needsOneThread } from './threads.js';
import { cpuNodes } from './webgpu.js';
import {
  hasCheapCopies,
  run,
  runWithoutCopies,
  type Session,
  type Tensors,
  withStop,
} from './without-copies.js';

/** A session of ONNX Runtime. */
export interface CompiledGraph {
  /** Computes the arrays of `fetches`. */
  readonly run: (feeds: Tensors, fetches: Tensors) => void;
  /** Whether it has one thread because the first plan needed no more. */
  readonly oneThread: boolean;
  /** Feeds that are part of the session, by their numbers, and the id of the data each had. */
  readonly frozen: ReadonlyMap<number, number>;
  /** Estimate of the memory it takes. */
  readonly bytes: number;
  /** Whether a plan still has the data that is part of the session. */
  readonly fits: (plan: Plan) => boolean;
  /** Frees the session. */
  readonly end: () => void;
}

// From this much on the memory for a pattern counts, and to look for memory at each operator does not.
const PATTERN_BYTES = 2 ** 25;

export const dataId = (plan: Plan, index: number): number => plan.feeds[index]?.data?.id ?? 0;

/**
 * Compiles a plan.
 *
 * @param frozen - Feeds that become part of the session.
 * @param varying - The numbers that are left open, for a session that several shapes share.
 */
export function compileGraph(
  plan: Plan,
  frozen: readonly number[],
  varying: Varying | undefined,
): CompiledGraph {
  const { provider, threads, profile } = onnxOptions();
  const graph = graphOf(plan, new Set(frozen), varying);
  const copies = varying === undefined && hasCheapCopies(plan); // an open shape may become a large one
  const oneThread = threads === undefined && needsOneThread(plan);
  const model = encodeModel(copies ? graph : withStop(graph));
  const bytes = workingBytes(plan);
  const threadsWanted = threads ?? (oneThread ? 1 : undefined);
  const onCpu = provider === 'webgpu' ? cpuNodes(plan.nodes) : [];
  const session = new (onnxRuntime().InferenceSession)();
  session.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, {
    executionProviders: [
      onCpu.length > 0 ? { name: 'webgpu', forceCpuNodeNames: onCpu.map(nodeName) } : provider,
    ],
    graphOptimizationLevel: 'all',
    // Memory patterns are kept for each shape, for ever. They are laid out beside the memory of the first run.
    ...(varying === undefined && bytes < PATTERN_BYTES ? {} : { enableMemPattern: false }),
    logSeverityLevel: 4, // errors are thrown
    ...(threadsWanted === undefined ? {} : { intraOpNumThreads: threadsWanted }),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    // Every session has threads of its own: those of an idle one must not keep a core busy.
    extra: { session: { set_denormal_as_zero: '1', force_spinning_stop: '1' } },
  });
  const data = new Map(frozen.map((i) => [i, dataId(plan, i)]));
  return {
    oneThread,
    run: copies
      ? (feeds, fetches) => run(session as Session, feeds, fetches)
      : (feeds, fetches) => runWithoutCopies(session as Session, feeds, fetches),
    frozen: data,
    bytes: model.byteLength + bytes,
    fits: (next) => {
      for (const [index, id] of data) if (dataId(next, index) !== id) return false;
      return true;
    },
    end: () => {
      if (profile !== undefined) session.endProfiling();
      session.dispose();
    },
  };
}

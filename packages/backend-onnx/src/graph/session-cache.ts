import { Tensor } from 'onnxruntime-node';
import { type Binding, binding, initOrt } from 'onnxruntime-node/dist/binding.js';
import { onnxOptions } from '../options.js';
import { encodeModel } from './model-proto.js';
import { graphOf, nameOf, type Plan } from './plan.js';
import { type Data, type Node, sizeOf, type TypedArray, type Value } from './value.js';

/** What the backend has done since it was made. */
export interface OnnxStats {
  /** Sessions compiled. */
  compiles: number;
  /** Milliseconds spent compiling. */
  compileMs: number;
  /** Graphs run. */
  runs: number;
  /** Graphs whose sessions are kept. */
  cachedSessions: number;
  /** Operators in the last graph run. */
  lastGraphNodes: number;
  /** Inputs of the last graph run that were part of the compiled graph: its frozen weights. */
  lastFrozenInputs: number;
}

// A graph is compiled again with its weights built in only if at least this many of their elements stayed the same.
const FROZEN_ELEMENTS = 1024;

interface Compiled {
  session: Binding.InferenceSession;
  /** Feeds that are part of the session, and the data each had. */
  frozen: ReadonlyMap<number, number>;
}

interface CachedGraph {
  key: Int32Array;
  general: Compiled;
  frozen: Compiled | undefined;
  /** Feeds that may be frozen: weights and small tensors. */
  candidates: number[];
  lastData: number[];
  /** Runs in a row in which no weight changed, and how many it takes to freeze them. */
  stableRuns: number;
  patience: number;
}

const WEIGHT_INPUTS: Record<string, readonly number[]> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  MatMul: [1],
  FusedMatMul: [1],
  BatchNormalization: [1, 2, 3, 4],
};

/** Inputs that are weights, directly or through the operators that only lay weights out. */
function frozenCandidates(plan: Plan): number[] {
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
  return plan.feeds.flatMap((feed, i) => (weights.has(feed) || feed.shape.length <= 1 ? [i] : []));
}

/** Compiles each distinct graph once and keeps the `cacheSessions` that were used last. */
export class SessionCache {
  readonly stats: OnnxStats = {
    compiles: 0,
    compileMs: 0,
    runs: 0,
    cachedSessions: 0,
    lastGraphNodes: 0,
    lastFrozenInputs: 0,
  };
  private readonly graphs = new Map<number, CachedGraph>();

  /** Computes the outputs of a plan; `allocate` lends the arrays they are written to. */
  run(plan: Plan, allocate: (value: Value) => TypedArray): TypedArray[] {
    const graph = this.find(plan);
    const { session, frozen } = this.choose(graph, plan);
    const feeds: Record<string, Tensor> = {};
    plan.feeds.forEach((feed, i) => {
      if (!frozen.has(i)) feeds[nameOf(feed)] = toTensor(feed, (feed.data as Data).array);
    });
    const arrays = plan.outputs.map(allocate);
    const fetches: Record<string, Tensor> = {};
    plan.outputs.forEach((output, i) => {
      fetches[nameOf(output)] = toTensor(output, arrays[i] as TypedArray);
    });
    session.run(feeds, fetches, {});
    this.stats.runs++;
    this.stats.lastGraphNodes = plan.nodes.length;
    this.stats.lastFrozenInputs = frozen.size;
    return arrays;
  }

  dispose(): void {
    for (const graph of this.graphs.values()) release(graph);
    this.graphs.clear();
    this.stats.cachedSessions = 0;
  }

  private find(plan: Plan): CachedGraph {
    let graph = this.graphs.get(plan.hash);
    this.graphs.delete(plan.hash);
    if (graph !== undefined && !sameKey(graph.key, plan.key)) {
      release(graph);
      graph = undefined;
    }
    graph ??= {
      key: plan.key,
      general: this.compile(plan, []),
      frozen: undefined,
      candidates: frozenCandidates(plan),
      lastData: [],
      stableRuns: 0,
      patience: 1,
    };
    this.graphs.set(plan.hash, graph);
    for (const [hash, oldest] of this.graphs) {
      if (this.graphs.size <= onnxOptions().cacheSessions) break;
      release(oldest);
      this.graphs.delete(hash);
    }
    this.stats.cachedSessions = this.graphs.size;
    return graph;
  }

  /**
   * ONNX Runtime fuses and pre-packs weights that are part of the graph, and can't those that are inputs. So weights
   * that were the same tensors as in the run before become part of a second session of the same graph. When one
   * changes, that session goes, and twice as many unchanged runs are asked for before the next.
   */
  private choose(graph: CachedGraph, plan: Plan): Compiled {
    if (graph.frozen !== undefined) {
      if (stillFrozen(graph.frozen, plan)) return graph.frozen;
      end(graph.frozen.session);
      graph.frozen = undefined;
      graph.lastData = [];
      graph.stableRuns = 0;
      graph.patience *= 2;
    }
    const data = graph.candidates.map((i) => dataId(plan, i));
    const stable = graph.candidates.filter((_, i) => data[i] === graph.lastData[i]);
    const elements = stable.reduce((sum, i) => sum + sizeOf((plan.feeds[i] as Value).shape), 0);
    graph.lastData = data;
    graph.stableRuns = elements >= FROZEN_ELEMENTS ? graph.stableRuns + 1 : 0;
    if (graph.stableRuns < graph.patience) return graph.general;
    graph.frozen = this.compile(plan, stable);
    return graph.frozen;
  }

  private compile(plan: Plan, frozen: readonly number[]): Compiled {
    const start = performance.now();
    const { provider, threads, profile } = onnxOptions();
    const model = encodeModel(graphOf(plan, new Set(frozen)));
    initOrt();
    const session = new binding.InferenceSession();
    session.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
      // Every session has threads of its own: those of an idle one must not keep a core busy.
      extra: { session: { set_denormal_as_zero: '1', force_spinning_stop: '1' } },
    });
    this.stats.compiles++;
    this.stats.compileMs += performance.now() - start;
    return { session, frozen: new Map(frozen.map((i) => [i, dataId(plan, i)])) };
  }
}

const toTensor = (value: Value, array: TypedArray): Tensor => new Tensor(value.dtype, array, value.shape);

const dataId = (plan: Plan, index: number): number => plan.feeds[index]?.data?.id ?? 0;

function stillFrozen({ frozen }: Compiled, plan: Plan): boolean {
  for (const [index, id] of frozen) if (dataId(plan, index) !== id) return false;
  return true;
}

function sameKey(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function end(session: Binding.InferenceSession): void {
  if (onnxOptions().profile !== undefined) session.endProfiling();
  session.dispose();
}

function release(graph: CachedGraph): void {
  end(graph.general.session);
  if (graph.frozen !== undefined) end(graph.frozen.session);
}

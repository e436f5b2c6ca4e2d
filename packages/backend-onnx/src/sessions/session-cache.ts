import { graphFailure } from '../graph/footprint.js';
import { frozenFeeds, nameOf, type Plan, type Varying, varyingConstants } from '../graph/plan.js';
import { type Data, sizeOf, type TypedArray, type Value } from '../graph/value.js';
import { type OnnxOptions, onnxOptions } from '../options.js';
import { type CompiledGraph, compileGraph, dataId } from './compile.js';
import { needsOneThread } from './threads.js';
import { weightFeeds } from './weight-feeds.js';
import type { PlainTensor } from './without-copies.js';

/** Counters of the backend since it was registered. */
export interface OnnxStats {
  /** Sessions compiled. */
  compiles: number;
  /** Milliseconds spent compiling. */
  compileMs: number;
  /** Graphs run. */
  runs: number;
  /** Milliseconds spent running them. */
  runMs: number;
  /** Graphs whose sessions are kept. */
  cachedSessions: number;
  /** Estimated bytes of those sessions, as `cacheBytes` counts them. */
  cachedBytes: number;
  /** Operators in the last graph run. */
  lastGraphNodes: number;
  /** Inputs of the last graph run that were part of the compiled graph: its frozen weights. */
  lastFrozenInputs: number;
}

// A graph is compiled again with its weights built in only if at least this many of their elements stayed the same.
const FROZEN_ELEMENTS = 1024;

// Shapes of one structure that get graphs of their own: a full batch and a ragged one. Others share a graph.
const OWN_GRAPHS = 2;

// A program that has compiled for this long, and longer than it ran, is warned once.
const WARN_COMPILE_MS = 20_000;

/** Graphs that differ in sizes and constants only. */
interface Structure {
  key: Int32Array;
  graphs: CachedGraph[];
}

interface CachedGraph {
  structure: Structure;
  numbers: Int32Array;
  /** The numbers that are left open in a graph that several shapes share. */
  varying: Varying | undefined;
  general: CompiledGraph;
  frozen: CompiledGraph | undefined;
  /** Feeds that are weights or small tensors. */
  weights: ReadonlySet<number>;
  lastData: number[];
  lastUse: number;
  /** Runs in a row in which no weight changed, and how many it takes to freeze them. */
  stableRuns: number;
  patience: number;
}

/** Compiles each distinct graph once and keeps the graphs that were used last. */
export class SessionCache {
  readonly stats: OnnxStats = {
    compiles: 0,
    compileMs: 0,
    runs: 0,
    runMs: 0,
    cachedSessions: 0,
    cachedBytes: 0,
    lastGraphNodes: 0,
    lastFrozenInputs: 0,
  };
  private readonly structures = new Map<number, Structure>();
  private readonly graphs = new Set<CachedGraph>();
  private uses = 0;
  private settings: Pick<OnnxOptions, 'provider' | 'threads' | 'profile'> = { ...onnxOptions() };
  private warned = false;

  /**
   * Computes the outputs of a plan; `allocate` lends the arrays they are written to.
   *
   * @throws MintError `COMPUTE_FAILED` if ONNX Runtime can't compile or run the graph.
   */
  run(plan: Plan, allocate: (value: Value) => TypedArray): TypedArray[] {
    try {
      return this.runPlan(plan, allocate);
    } catch (error) {
      throw graphFailure(plan, error);
    }
  }

  dispose(): void {
    for (const graph of this.graphs) this.drop(graph);
  }

  /** Drops the graphs that contain some data. */
  forget(dataId: number): void {
    for (const graph of this.graphs) {
      for (const id of graph.general.frozen.values()) {
        if (id !== dataId) continue;
        this.drop(graph);
        break;
      }
    }
  }

  private runPlan(plan: Plan, allocate: (value: Value) => TypedArray): TypedArray[] {
    const graph = this.find(plan);
    const { run, frozen } = this.choose(graph, plan);
    this.evict(graph);
    const feeds: Record<string, PlainTensor> = {};
    for (let i = 0; i < plan.feeds.length; i++) {
      const feed = plan.feeds[i] as Value;
      if (!frozen.has(i)) feeds[nameOf(feed)] = toTensor(feed, (feed.data as Data).array);
    }
    if (graph.varying !== undefined) {
      for (const [name, value] of varyingConstants(plan, graph.varying))
        feeds[name] = toTensor(value, (value.data as Data).array);
    }
    const arrays = plan.outputs.map(allocate);
    const fetches: Record<string, PlainTensor> = {};
    for (let i = 0; i < arrays.length; i++) {
      const output = plan.outputs[i] as Value;
      fetches[nameOf(output)] = toTensor(output, arrays[i] as TypedArray);
    }
    const start = performance.now();
    run(feeds, fetches);
    this.count(plan.nodes.length, frozen.size, performance.now() - start);
    return arrays;
  }

  /** Counts a run of a graph. */
  count(nodes: number, frozenInputs: number, ms: number): void {
    this.stats.runMs += ms;
    this.stats.runs++;
    this.stats.lastGraphNodes = nodes;
    this.stats.lastFrozenInputs = frozenInputs;
  }

  private find(plan: Plan): CachedGraph {
    const { provider, threads, profile } = onnxOptions();
    const { settings } = this;
    if (provider !== settings.provider || threads !== settings.threads || profile !== settings.profile) {
      this.dispose();
      this.settings = { provider, threads, profile };
    }
    let structure = this.structures.get(plan.hash);
    if (structure !== undefined && !sameNumbers(structure.key, plan.key)) {
      for (const graph of [...structure.graphs]) this.drop(graph);
      structure = undefined;
    }
    structure ??= { key: plan.key, graphs: [] };
    const graph = structure.graphs.find((cached) => fits(cached, plan)) ?? this.add(structure, plan);
    graph.lastUse = this.uses++;
    return graph;
  }

  /**
   * The first shapes of a structure get a graph each. After them, one graph leaves open everything that has changed so far,
   * and serves all other shapes: a thousand batch sizes compile three times.
   */
  private add(structure: Structure, plan: Plan): CachedGraph {
    const { graphs } = structure;
    const outgrown = graphs.find((graph) => graph.varying !== undefined);
    const own = outgrown === undefined && graphs.length < OWN_GRAPHS;
    const varying = own ? undefined : differences(graphs, plan.numbers);
    if (outgrown !== undefined) this.drop(outgrown);
    const graph: CachedGraph = {
      structure,
      numbers: plan.numbers,
      varying,
      general: this.compile(plan, frozenFeeds(plan), varying),
      frozen: undefined,
      weights: weightFeeds(plan),
      lastData: [],
      lastUse: 0,
      stableRuns: 0,
      patience: 1,
    };
    graphs.push(graph);
    this.graphs.add(graph);
    this.structures.set(plan.hash, structure);
    return graph;
  }

  private evict(current: CachedGraph): void {
    const { cacheSessions, cacheBytes } = onnxOptions();
    let bytes = 0;
    for (const graph of this.graphs) bytes += bytesOf(graph);
    while (this.graphs.size > cacheSessions || bytes > cacheBytes) {
      const oldest = oldestOf(this.graphs);
      if (oldest === undefined || oldest === current) break;
      bytes -= bytesOf(oldest);
      this.drop(oldest);
    }
    this.stats.cachedSessions = this.graphs.size;
    this.stats.cachedBytes = bytes;
  }

  private drop(graph: CachedGraph): void {
    graph.general.end();
    graph.frozen?.end();
    this.graphs.delete(graph);
    const { graphs } = graph.structure;
    graphs.splice(graphs.indexOf(graph), 1);
    if (graphs.length === 0) {
      for (const [hash, structure] of this.structures)
        if (structure === graph.structure) this.structures.delete(hash);
    }
    this.stats.cachedSessions = this.graphs.size;
    if (this.graphs.size === 0) this.stats.cachedBytes = 0;
  }

  /**
   * ONNX Runtime fuses and pre-packs weights that are part of the graph, but not weights that are inputs. So weights that
   * are the same tensors as in the run before become part of a second session of the same graph. When one changes, that
   * session is dropped, and the next needs twice as many unchanged runs.
   */
  private choose(graph: CachedGraph, plan: Plan): CompiledGraph {
    // The caller said what stays the same. Every run of the process has the same bits.
    if (graph.general.frozen.size > 0) return graph.general;
    if (graph.frozen !== undefined) {
      if (graph.frozen.fits(plan)) return graph.frozen;
      graph.frozen.end();
      graph.frozen = undefined;
      graph.lastData = [];
      graph.stableRuns = 0;
      graph.patience *= 2;
    }
    const data = plan.feeds.map((_, i) => dataId(plan, i));
    const same = data.flatMap((id, i) => (id === graph.lastData[i] ? [i] : []));
    const weights = same.filter((i) => graph.weights.has(i));
    const elements = weights.reduce((sum, i) => sum + sizeOf((plan.feeds[i] as Value).shape), 0);
    graph.lastData = data;
    graph.stableRuns = elements >= FROZEN_ELEMENTS ? graph.stableRuns + 1 : 0;
    if (graph.stableRuns < graph.patience) return graph.general;
    // If some inputs changed and some did not, the unchanged inputs are parameters too, whatever they are used for.
    const parameters = same.length < data.length ? same : weights;
    graph.frozen = this.compile(plan, parameters, graph.varying);
    return graph.frozen;
  }

  private compile(plan: Plan, frozen: readonly number[], varying: Varying | undefined): CompiledGraph {
    const start = performance.now();
    const compiled = compileGraph(plan, frozen, varying);
    this.stats.compiles++;
    this.stats.compileMs += performance.now() - start;
    if (!this.warned && compilesTooMuch(this.stats)) {
      this.warned = true;
      console.warn(compileAdvice(this.stats));
    }
    return compiled;
  }
}

export const compilesTooMuch = ({ compileMs, runMs }: OnnxStats): boolean =>
  compileMs > WARN_COMPILE_MS && compileMs > runMs;

const compileAdvice = ({ compiles, compileMs, runs, runMs }: OnnxStats): string =>
  `onnx backend: ${compiles} graphs compiled in ${seconds(compileMs)}, for ${runs} runs of ${seconds(runMs)}. This program ` +
  'records a different graph nearly every time. Pad sequences to a few lengths, and read results at the same places.';

const seconds = (ms: number): string => `${(ms / 1e3).toFixed(1)} s`;

function oldestOf(graphs: Iterable<CachedGraph>): CachedGraph | undefined {
  let oldest: CachedGraph | undefined;
  for (const graph of graphs) if (oldest === undefined || graph.lastUse < oldest.lastUse) oldest = graph;
  return oldest;
}

const bytesOf = ({ general, frozen }: CachedGraph): number => general.bytes + (frozen?.bytes ?? 0);

function fits({ numbers, varying, general }: CachedGraph, plan: Plan): boolean {
  // A graph for all shapes, compiled for small ones.
  if (varying !== undefined && general.oneThread && !needsOneThread(plan)) return false;
  for (let i = 0; i < numbers.length; i++)
    if (varying?.[i] !== 1 && numbers[i] !== plan.numbers[i]) return false;
  return true;
}

/** Marks the numbers in which some graph of a structure differs from `numbers`, and those that varied before. */
function differences(graphs: readonly CachedGraph[], numbers: Int32Array): Varying {
  return Uint8Array.from(numbers, (number, i) =>
    graphs.some((graph) => graph.varying?.[i] === 1 || graph.numbers[i] !== number) ? 1 : 0,
  );
}

const toTensor = ({ dtype, shape }: Value, data: TypedArray): PlainTensor => ({
  type: dtype,
  dims: shape,
  data,
  location: 'cpu',
});

function sameNumbers(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

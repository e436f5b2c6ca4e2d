import { MintError } from '@mint/internal';
import {
  type backend_util,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { FlushPoints } from './graph/flush-points.js';
import { keepInputs, makePlan, type Plan } from './graph/plan.js';
import { type OnnxStats, SessionCache } from './graph/session-cache.js';
import {
  clearTables,
  type Data,
  type Dtype,
  integers,
  known,
  makeData,
  newArray,
  record,
  recordedNodes,
  type Shape,
  sameShape,
  sizeOf,
  type TypedArray,
  type Value,
} from './graph/value.js';

/**
 * What one data id stands for: the same elements in tfjs' order (`plain`, channels last), in ONNX Runtime's order
 * for images (`channelsFirst`), or both. `views` are `plain` in other shapes.
 */
interface Entry {
  plain: Value | undefined;
  channelsFirst: Value | undefined;
  views: Map<string, Value> | undefined;
  refCount: number;
}

// Arrays of former tensors that later outputs may be written to: about two copies of a mid-sized network's training state.
// Lengths that were not seen for longest go first.
const POOL_BYTES = 256 * 1024 * 1024;
const POOLED_LENGTH = 64;

// Operators in a graph that nobody reads: some large training steps. Its inputs count too: they slow down compiling
// more than operators do, and 1 GB of them is as much as the limit.
const FLUSH_OPERATORS = 16_384;
const OPERATORS_PER_INPUT = 4;
const BYTES_PER_OPERATOR = 64 * 1024;

/** Records kernels as one graph and runs it with ONNX Runtime when a tensor is read. */
export class OnnxBackend extends KernelBackend {
  private data = new DataStorage<Entry>(this, engine());
  private readonly lazy = new Set<Entry>();
  private readonly sessions = new SessionCache();
  private readonly holders = new Map<Data, number>();
  private retired: Data[] = [];
  private readonly pool = new Map<string, TypedArray[]>();
  private pooledBytes = 0;
  private readonly flushPoints = new FlushPoints(FLUSH_OPERATORS);
  private flushedNodes = recordedNodes();
  private recording = false;
  private writtenOperators = 0;

  get stats(): OnnxStats {
    return this.sessions.stats;
  }

  // Data ids

  /** Copies the values: kernels read them later, when the caller may have changed the array. */
  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    const type = graphDtype(dtype);
    const given = typedArray(values, type);
    const array = given === values ? this.allocate(type, given.length) : given;
    if (array !== given) array.set(given as never);
    this.writtenOperators += OPERATORS_PER_INPUT + array.byteLength / BYTES_PER_OPERATOR;
    return this.insert(entryOf(known(shape, type, makeData(array, type, true)), undefined), shape, type)
      .dataId;
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const type = graphDtype(dtype);
    const data = makeData(typedArray(values, type), type, false);
    this.data.set(dataId, { ...entryOf(known(shape, type, data), undefined), refCount });
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).refCount++;
  }

  decRef(dataId: DataId): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.data.delete(dataId);
    this.lazy.delete(entry);
    if (entry.plain?.data !== undefined) this.letGo(entry.plain.data);
    return true;
  }

  // Reading

  override readSync(dataId: DataId): backend_util.BackendValues {
    if (!this.data.has(dataId)) {
      throw new MintError(
        'UNAVAILABLE',
        "onnx backend: this tensor's values went with tf.removeBackend('onnx'); read what you need before it.",
      );
    }
    const entry = this.data.get(dataId);
    const only = this.lazy.size === 1 && this.lazy.has(entry);
    if (!only && this.lazy.has(entry)) this.flush();
    if (entry.plain?.data === undefined) this.compute([entry]);
    const data = entry.plain?.data;
    if (data === undefined) throw new Error('onnx backend: a tensor was not computed');
    data.reusable = false; // the caller has it now
    return data.array as Float32Array | Int32Array | Uint8Array;
  }

  /** The run itself blocks, as `onnxruntime-node`'s own does; timers and signals get their turn after it. */
  override async read(dataId: DataId): Promise<backend_util.BackendValues> {
    const values = this.readSync(dataId);
    await new Promise(setImmediate);
    return values;
  }

  /**
   * Computes every lazy tensor that is still referenced, in one run. Should it fail, each of them is computed by itself
   * when it is read, and that read throws if it fails again.
   */
  flush(): void {
    try {
      this.compute([...this.lazy]);
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
    }
  }

  /** Notes a call of a kernel, and runs what is recorded if it has become too much. */
  beforeKernel(kernel: number): void {
    const operators = recordedNodes() - this.flushedNodes + this.writtenOperators;
    if (!this.recording && this.flushPoints.due(kernel, operators)) this.flush();
  }

  /** Values that are recorded and not computed yet. */
  pending(): Value[] {
    return [...this.lazy].map((entry) => {
      entry.plain ??= this.toPlain(entry);
      return entry.plain;
    });
  }

  /** Calls `fn`, in which nothing may be computed. */
  recordOnly<T>(fn: () => T): T {
    this.recording = true;
    try {
      return fn();
    } finally {
      this.recording = false;
    }
  }

  private compute(entries: readonly Entry[]): void {
    if (this.recording) {
      throw new MintError(
        'INVALID_ARGUMENT',
        'exportOnnx: the function reads the values of a tensor (data, dataSync, arraySync, print, tf.time, …), which a ' +
          'graph has not got while it is recorded. Use operations on tensors, such as tf.where, instead.',
      );
    }
    this.flushedNodes = recordedNodes();
    this.writtenOperators = 0;
    for (const entry of entries) this.lazy.delete(entry);
    const outputs = new Set<Value>();
    for (const entry of entries) {
      entry.plain ??= this.toPlain(entry);
      if (entry.plain.node !== undefined) outputs.add(entry.plain);
    }
    if (outputs.size > 0) {
      const plan = makePlan([...outputs]);
      const arrays = this.runPlan(plan);
      plan.outputs.forEach((output, i) => {
        output.data = makeData(arrays[i] as TypedArray, output.dtype, true);
        output.node = undefined;
        output.splat = undefined;
      });
    }
    for (const entry of entries) {
      entry.channelsFirst = undefined; // these would hold on to the graph that was just run
      entry.views = undefined;
      if (entry.plain?.data !== undefined) this.hold(entry.plain.data);
    }
    this.refillPool();
  }

  private runPlan(plan: Plan): TypedArray[] {
    try {
      return this.sessions.run(plan, (value) => this.allocate(value.dtype, sizeOf(value.shape)));
    } catch (error) {
      keepInputs(plan); // what is still to be computed needs them, though their tensors may be gone
      throw error;
    }
  }

  /**
   * What `tf.memory()` adds to its counts, which are exact: `numBytes` holds every tensor that is alive, computed or
   * not, and `numBytesInPool` the arrays of former tensors that wait for later ones.
   */
  override memory(): { unreliable: boolean; numBytesInPool: number } {
    return { unreliable: false, numBytesInPool: this.pooledBytes };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  /** Computes all that `run` records. `kernelMs` is ONNX Runtime's running time: no recording, no compiling. */
  override async time(run: () => void): Promise<{ kernelMs: number }> {
    this.flush();
    const before = this.stats.runMs;
    run();
    this.flush();
    return { kernelMs: this.stats.runMs - before };
  }

  /** Frees sessions, arrays and tables. The values of tensors that are still alive are gone. */
  override dispose(): void {
    this.sessions.dispose();
    this.data = new DataStorage<Entry>(this, engine());
    this.lazy.clear();
    this.holders.clear();
    this.retired = [];
    this.pool.clear();
    this.pooledBytes = 0;
    clearTables();
  }

  // For kernels: values of tensors

  /** The elements of a tensor in tfjs' order, in the tensor's shape. */
  plain(info: TensorInfo): Value {
    const entry = this.data.get(info.dataId);
    entry.plain ??= this.toPlain(entry);
    const { plain } = entry;
    if (sameShape(plain.shape, info.shape)) return plain;
    const key = info.shape.join();
    entry.views ??= new Map();
    let view = entry.views.get(key);
    if (view === undefined) {
      view = reshape(plain, info.shape);
      entry.views.set(key, view);
    }
    return view;
  }

  /** Whether a tensor is at hand only in ONNX Runtime's order for images, [N, C, H, W] for a shape [N, H, W, C]. */
  isChannelsFirst(info: TensorInfo): boolean {
    const { plain, channelsFirst } = this.data.get(info.dataId);
    return plain === undefined && channelsFirst !== undefined && sameImage(channelsFirst.shape, info.shape);
  }

  /** The elements of a [N, H, W, C] tensor as [N, C, H, W]. */
  channelsFirst(info: TensorInfo): Value {
    const entry = this.data.get(info.dataId);
    if (entry.channelsFirst !== undefined && sameImage(entry.channelsFirst.shape, info.shape)) {
      return entry.channelsFirst;
    }
    const value = swapLayout(this.plain(info), [0, 3, 1, 2]);
    if (entry.plain !== undefined && sameShape(entry.plain.shape, info.shape)) entry.channelsFirst = value;
    return value;
  }

  /** The known elements of a tensor, or `undefined` while it is lazy. */
  dataOf(info: TensorInfo): Data | undefined {
    return this.data.get(info.dataId).plain?.data;
  }

  // For kernels: tensors of values

  /** A new tensor of a value in tfjs' order. */
  make(value: Value): TensorInfo {
    return this.insert(entryOf(value, undefined), value.shape, value.dtype);
  }

  /** A new [N, H, W, C] tensor of a value in the order [N, C, H, W]. */
  makeChannelsFirst(value: Value): TensorInfo {
    const [n, c, h, w] = value.shape as [number, number, number, number];
    return this.insert(entryOf(undefined, value), [n, h, w, c], value.dtype);
  }

  /** A new tensor of known elements. */
  makeKnown(array: TypedArray, shape: Shape, dtype: DataType): TensorInfo {
    const type = graphDtype(dtype);
    return this.make(known(shape, type, makeData(typedArray(array, type), type, false)));
  }

  /** Another reference to a tensor, perhaps in another shape of the same size. */
  share(info: TensorInfo, shape: Shape = info.shape): TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: [...shape], dtype: info.dtype };
  }

  private insert(entry: Entry, shape: Shape, dtype: Dtype): TensorInfo {
    if (dtype === 'int64' || dtype === 'float64') throw new Error(`onnx backend: a tensor can't be ${dtype}`);
    const dataId = {};
    this.data.set(dataId, entry);
    const data = entry.plain?.data;
    if (data === undefined) this.lazy.add(entry);
    else this.hold(data);
    return { dataId, shape: [...shape], dtype };
  }

  private toPlain(entry: Entry): Value {
    if (entry.channelsFirst === undefined) throw new Error('onnx backend: a tensor has no value');
    return swapLayout(entry.channelsFirst, [0, 2, 3, 1]);
  }

  // Arrays that can be written to again

  private hold(data: Data): void {
    if (data.reusable) this.holders.set(data, (this.holders.get(data) ?? 0) + 1);
  }

  private letGo(data: Data): void {
    const holders = this.holders.get(data);
    if (holders === undefined) return;
    if (holders > 1) {
      this.holders.set(data, holders - 1);
      return;
    }
    this.holders.delete(data);
    // Operators that are recorded but not run yet may still read it: it is free after the next run.
    if (data.reusable && data.array.length >= POOLED_LENGTH) this.retired.push(data);
  }

  private refillPool(): void {
    for (const { array, dtype, reusable } of this.retired) {
      if (!reusable || array.byteLength > POOL_BYTES) continue;
      this.pooledBytes += array.byteLength;
      const key = poolKey(dtype, array.length);
      const same = this.pool.get(key) ?? [];
      same.push(array);
      this.pool.delete(key); // lengths in use move to the end
      this.pool.set(key, same);
    }
    this.retired = [];
    for (const [key, arrays] of this.pool) {
      if (this.pooledBytes <= POOL_BYTES) break;
      for (const { byteLength } of arrays) this.pooledBytes -= byteLength;
      this.pool.delete(key);
    }
  }

  private allocate(dtype: Dtype, length: number): TypedArray {
    const pooled = length < POOLED_LENGTH ? undefined : this.pool.get(poolKey(dtype, length))?.pop();
    if (pooled === undefined) return newArray(dtype, length);
    this.pooledBytes -= pooled.byteLength;
    return pooled;
  }
}

const poolKey = (dtype: Dtype, length: number): string => `${dtype} ${length}`;

const entryOf = (plain: Value | undefined, channelsFirst: Value | undefined): Entry => ({
  plain,
  channelsFirst,
  views: undefined,
  refCount: 1,
});

/** Whether a [N, C, H, W] shape is that of an [N, H, W, C] image. */
const sameImage = (first: Shape, last: Shape): boolean =>
  last.length === 4 &&
  first[0] === last[0] &&
  first[1] === last[3] &&
  first[2] === last[1] &&
  first[3] === last[2];

/** The same elements in another shape: free for known ones. */
export function reshape(value: Value, shape: Shape): Value {
  if (sameShape(value.shape, shape)) return value;
  if (value.data !== undefined) return known(shape, value.dtype, value.data);
  return record('Reshape', [value, integers(shape)], shape, value.dtype);
}

/** A transpose, or a reshape where only sizes of 1 change places. */
export function swapLayout(value: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => value.shape[axis] as number);
  const moved = permutation.filter((axis) => value.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return reshape(value, shape);
  return record('Transpose', [value], shape, value.dtype, { perm: permutation });
}

export function graphDtype(dtype: DataType): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new MintError(
    'INVALID_ARGUMENT',
    `onnx backend: ${dtype} tensors are not supported; use float32, int32 or bool, or another backend.`,
  );
}

function typedArray(values: backend_util.BackendValues | TypedArray, dtype: Dtype): TypedArray {
  const wanted = newArray(dtype, 0);
  if (values instanceof wanted.constructor) return values as TypedArray;
  const array = newArray(dtype, values.length);
  for (let i = 0; i < values.length; i++) array[i] = Number(values[i]);
  return array;
}

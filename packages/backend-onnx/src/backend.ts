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
import { ArrayPool } from './graph/array-pool.js';
import { graphDtype, tensorDtype, typedArray } from './graph/dtype.js';
import { Entry } from './graph/entry.js';
import { FlushPoints, operatorsOfInput } from './graph/flush-points.js';
import { resultData } from './graph/int8-columns.js';
import { Pending } from './graph/pending.js';
import { freedTensor, readWhileRecording } from './graph/read-errors.js';
import { runGraph } from './graph/run.js';
import {
  clearTables,
  type Data,
  type Dtype,
  known,
  makeData,
  recordedNodes,
  type Shape,
  sizeOf,
  type TypedArray,
  type Value,
} from './graph/value.js';
import { useInt8 } from './int8.js';
import { type OnnxStats, SessionCache } from './sessions/session-cache.js';

// Operators in a graph that nobody reads: several large training steps.
const FLUSH_OPERATORS = 16_384;

const TURN_MS = 0.25; // timers wait for reads at most this long

/** Records kernels as one graph and runs it with ONNX Runtime when a tensor is read. */
export class OnnxBackend extends KernelBackend {
  private data = new DataStorage<Entry>(this, engine());
  private readonly pending = new Pending();
  private readonly sessions = new SessionCache();
  private readonly pool = new ArrayPool();
  private readonly flushPoints = new FlushPoints(FLUSH_OPERATORS);
  private flushedNodes = recordedNodes();
  private recording = false;
  private writtenOperators = 0;
  /** When timers had their turn last. */
  private lastTurn = Number.NEGATIVE_INFINITY;

  get stats(): OnnxStats {
    return this.sessions.stats;
  }

  /** Copies the values: kernels read them later, when the caller may have changed the array. */
  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    const type = graphDtype(dtype);
    const given = typedArray(values, type);
    const array = given === values ? this.pool.allocate(type, given.length) : given;
    if (array !== given) array.set(given as never);
    this.writtenOperators += operatorsOfInput(array.byteLength);
    return this.insert(new Entry(known(shape, type, makeData(array, type, true))), shape, type).dataId;
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
    const entry = new Entry(known(shape, type, data));
    entry.refCount = refCount;
    this.data.set(dataId, entry);
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
    this.pending.remove(entry);
    if (entry.data !== undefined) this.pool.letGo(entry.data);
    if (entry.data?.frozen) this.sessions.forget(entry.data.id);
    return true;
  }

  // Reading

  override readSync(dataId: DataId): backend_util.BackendValues {
    if (!this.data.has(dataId)) throw freedTensor();
    const entry = this.data.get(dataId);
    if (entry.isPending && !this.pending.isOnly(entry)) this.flush();
    if (entry.data === undefined) this.compute([entry]);
    else if (this.pending.isEmpty) this.pool.refill(); // after results that were computed at once
    const { data } = entry;
    if (data === undefined) throw new Error('onnx backend: a tensor was not computed');
    data.reusable = false; // the caller has it now
    return data.array as Float32Array | Int32Array | Uint8Array;
  }

  /**
   * The run itself blocks, as `onnxruntime-node`'s own does; timers and signals get their turn after it, unless they had it
   * just before: it takes longer than a small graph.
   */
  override async read(dataId: DataId): Promise<backend_util.BackendValues> {
    const values = this.readSync(dataId);
    if (performance.now() - this.lastTurn >= TURN_MS) {
      await new Promise(setImmediate);
      this.lastTurn = performance.now();
    }
    return values;
  }

  /**
   * Computes every lazy tensor that is still referenced, in one run. If it fails, each of them is computed by itself
   * when it is read, and that read throws if it fails again.
   */
  flush(): void {
    try {
      this.compute(this.pending.all());
    } catch (error) {
      if (!MintError.isInstance(error)) throw error;
    }
  }

  /** Notes a call of a kernel, and runs the recorded graph if it has become too large. */
  beforeKernel(kernel: number): void {
    const operators = recordedNodes() - this.flushedNodes + this.writtenOperators;
    if (!this.recording && this.flushPoints.due(kernel, operators)) this.flush();
  }

  /** Values that are recorded and not computed yet. */
  pendingValues(): Value[] {
    return this.pending.all().map((entry) => entry.plain());
  }

  /** Whether {@link recordOnly} runs. */
  get isRecording(): boolean {
    return this.recording;
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
    if (this.recording) throw readWhileRecording();
    this.flushedNodes = recordedNodes();
    this.writtenOperators = 0;
    const values: Value[] = [];
    for (const entry of entries) {
      this.pending.remove(entry);
      const plain = entry.plain();
      if (plain.node !== undefined) values.push(plain);
    }
    if (values.length > 0) {
      const wanted = values.length === 1 ? values : [...new Set(values)];
      const arrays = runGraph(wanted, this.sessions, ({ dtype, shape }) =>
        this.pool.allocate(dtype, sizeOf(shape)),
      );
      wanted.forEach((output, i) => {
        output.data = resultData(output, arrays[i] as TypedArray);
        output.node = undefined;
        output.splat = undefined;
      });
    }
    for (const entry of entries) {
      entry.dropForms();
      if (entry.data !== undefined) this.pool.hold(entry.data);
    }
    this.pool.refill();
  }

  /**
   * Added to the counts of `tf.memory()`. They are exact: `numBytes` counts every tensor that is alive, computed or not,
   * and `numBytesInPool` the arrays of former tensors that wait for later tensors.
   */
  override memory(): { unreliable: boolean; numBytesInPool: number } {
    return { unreliable: false, numBytesInPool: this.pool.bytes };
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

  /** Computes everything that `run` records. `kernelMs` is ONNX Runtime's running time, without recording and compiling. */
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
    this.pending.clear();
    this.pool.clear();
    clearTables();
  }

  // For kernels: values of tensors

  /** The elements of a tensor in tfjs' order, in the tensor's shape. */
  plain(info: TensorInfo): Value {
    return this.data.get(info.dataId).view(info.shape);
  }

  /** Whether a tensor exists only in ONNX Runtime's layout for images, [N, C, H, W] for a shape [N, H, W, C]. */
  isChannelsFirst(info: TensorInfo): boolean {
    return this.data.get(info.dataId).isChannelsFirst(info.shape);
  }

  /** The elements of a [N, H, W, C] tensor as [N, C, H, W]. */
  channelsFirst(info: TensorInfo): Value {
    return this.data.get(info.dataId).channelsFirst(info.shape);
  }

  /** The known elements of a tensor, or `undefined` while it is lazy. */
  dataOf(info: TensorInfo): Data | undefined {
    return this.data.get(info.dataId).data;
  }

  /** See `useInt8` in `int8.ts`: a model calls it here, since it knows no backend by name. */
  useInt8(matrices: readonly TensorInfo[]): void {
    useInt8(this.computed(matrices));
  }

  /** See `freeze` in `index.ts`: a model calls it here, since it knows no backend by name. */
  freeze(tensors: readonly TensorInfo[]): void {
    for (const data of this.computed(tensors)) data.frozen = true;
  }

  private computed(tensors: readonly TensorInfo[]): Data[] {
    for (const { dataId } of tensors) this.readSync(dataId);
    return tensors.flatMap((tensor) => this.dataOf(tensor) ?? []);
  }

  // For kernels: tensors of values

  /** A new tensor of a value in tfjs' order. */
  make(value: Value): TensorInfo {
    return this.insert(new Entry(value), value.shape, value.dtype);
  }

  /** A new [N, H, W, C] tensor of a value in the order [N, C, H, W]. */
  makeChannelsFirst(value: Value): TensorInfo {
    const [n, c, h, w] = value.shape as [number, number, number, number];
    return this.insert(new Entry(undefined, value), [n, h, w, c], value.dtype);
  }

  /** A new tensor of known elements, which keeps the array: a model's weights are not kept twice. */
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
    const dataId = {};
    this.data.set(dataId, entry);
    if (entry.data === undefined) this.pending.add(entry);
    else this.pool.hold(entry.data);
    return { dataId, shape: [...shape], dtype: tensorDtype(dtype) };
  }
}

import { assertOneOf, assertPositiveInt } from '@mint/internal';
import { assertAvailable, type Provider } from './providers.js';

/** Settings of the backend. Each has a default. */
export interface OnnxOptions {
  /**
   * ONNX Runtime execution provider. `cpu` and `webgpu` come with `onnxruntime-node`; `cuda`, `dml` and
   * `coreml` work where their libraries are installed.
   * @defaultValue `'cpu'`
   */
  provider: Provider;
  /**
   * Threads per operator, ≥ 1; `undefined` leaves the choice to ONNX Runtime (one per physical core).
   * @defaultValue `undefined`
   */
  threads: number | undefined;
  /**
   * Compiled graphs to keep, ≥ 1; the least recently used graph is dropped first.
   * @defaultValue `32`
   */
  cacheSessions: number;
  /**
   * Bytes that compiled graphs may take, > 0. The least recently used graphs are dropped first, the current graph never.
   * An estimate: it counts a graph's encoded operators, its built-in weights and the peak of its intermediate results, but
   * not ONNX Runtime's own tables and packed copies of weights.
   * @defaultValue `2 ** 30`
   */
  cacheBytes: number;
  /**
   * What computes a graph that is done sooner than ONNX Runtime is called: `'javascript'`, or `'onnx'` like larger graphs. It
   * matters for `provider` `'cpu'` without a profile only.
   * @defaultValue `'javascript'`
   */
  smallGraphs: 'javascript' | 'onnx';
  /**
   * Prefix of a file that ONNX Runtime writes a profile to when a session is disposed.
   * @defaultValue `undefined`: no profile
   */
  profile: string | undefined;
}

const PROVIDERS: readonly Provider[] = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'];

const options: OnnxOptions = {
  provider: 'cpu',
  threads: undefined,
  cacheSessions: 32,
  cacheBytes: 2 ** 30,
  smallGraphs: 'javascript',
  profile: undefined,
};

/**
 * Changes some settings from the next run on. Another provider, thread count or profile compiles each graph again.
 *
 * @throws MintError `INVALID_ARGUMENT` if `threads`, `cacheSessions` or `cacheBytes` is not a positive integer, or
 * `provider` or `smallGraphs` is unknown; `UNAVAILABLE` if this machine lacks the provider, with what to install. Settings then stay as they are.
 *
 * @example
 * ```ts
 * import { setOnnxOptions } from '@mint/backend-onnx';
 *
 * setOnnxOptions({ threads: 1, cacheBytes: 2 ** 28 });
 * ```
 */
export function setOnnxOptions(changes: Partial<OnnxOptions>): void {
  if (changes.threads !== undefined) assertPositiveInt('setOnnxOptions', 'threads', changes.threads);
  if (changes.cacheSessions !== undefined)
    assertPositiveInt('setOnnxOptions', 'cacheSessions', changes.cacheSessions);
  if (changes.cacheBytes !== undefined) assertPositiveInt('setOnnxOptions', 'cacheBytes', changes.cacheBytes);
  if (changes.smallGraphs !== undefined)
    assertOneOf('setOnnxOptions', 'smallGraphs', changes.smallGraphs, ['javascript', 'onnx']);
  if (changes.provider !== undefined) {
    assertOneOf('setOnnxOptions', 'provider', changes.provider, PROVIDERS);
    assertAvailable(changes.provider);
  }
  Object.assign(options, changes);
}

export function onnxOptions(): Readonly<OnnxOptions> {
  return options;
}

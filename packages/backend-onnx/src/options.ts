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
   * Threads of one operator, ≥ 1; `undefined` leaves the choice to ONNX Runtime (one per physical core).
   * @defaultValue `undefined`
   */
  threads: number | undefined;
  /**
   * Compiled graphs to keep, ≥ 1; the least recently used one goes first.
   * @defaultValue `32`
   */
  cacheSessions: number;
  /**
   * Bytes that compiled graphs may take, > 0; the least recently used ones go first, the current one never. Counted
   * are a graph's encoded operators, the weights built into it and its intermediate results at their peak: an estimate,
   * since ONNX Runtime's own tables and packed copies of weights are not.
   * @defaultValue `2 ** 30`
   */
  cacheBytes: number;
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
  profile: undefined,
};

/**
 * Changes some settings. They hold from the next run on: another provider, thread count or profile compiles each graph
 * anew.
 *
 * @throws MintError `INVALID_ARGUMENT` if `threads`, `cacheSessions` or `cacheBytes` is not a positive integer, or the
 * provider unknown; `UNAVAILABLE` if this machine lacks the provider, with what to install. Nothing is changed then.
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
  if (changes.provider !== undefined) {
    assertOneOf('setOnnxOptions', 'provider', changes.provider, PROVIDERS);
    assertAvailable(changes.provider);
  }
  Object.assign(options, changes);
}

export function onnxOptions(): Readonly<OnnxOptions> {
  return options;
}

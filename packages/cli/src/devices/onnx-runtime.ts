import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What the files of the installed `onnxruntime-node` say about it. */
export interface OnnxRuntime {
  readonly version: string;
  /** Whether the package includes a build for this system. */
  readonly bundled: boolean;
  /** The CUDA library, which the package's install script downloads on Linux x64 only. */
  readonly cuda: 'none for this system' | 'not installed' | 'installed';
  /** `ONNXRUNTIME_NODE_INSTALL` as it is set now. It matters while installing, and only for CUDA. */
  readonly installFlag?: string | undefined;
}

const requireRuntime = () => createRequire(import.meta.resolve('@mint/backend-onnx'));

export function onnxRuntime(): OnnxRuntime {
  const path = requireRuntime().resolve('onnxruntime-node/package.json');
  const { version } = requireRuntime()(path) as { version: string };
  const { platform, arch } = process;
  const libraries = join(dirname(path), 'bin', 'napi-v6', platform, arch);
  const has = (name: string) => existsSync(join(libraries, name));
  const installFlag = process.env.ONNXRUNTIME_NODE_INSTALL;
  return {
    version,
    bundled: has('onnxruntime_binding.node'),
    cuda:
      platform !== 'linux' || arch !== 'x64'
        ? 'none for this system'
        : has('libonnxruntime_providers_cuda.so')
          ? 'installed'
          : 'not installed',
    installFlag,
  };
}

/** Loads ONNX Runtime and lists its execution providers; a `bundled` provider needs no further library of ONNX Runtime. */
export function onnxProviders(): readonly { readonly name: string; readonly bundled: boolean }[] {
  const runtime = requireRuntime()('onnxruntime-node') as {
    listSupportedBackends(): { name: string; bundled: boolean }[];
  };
  return runtime.listSupportedBackends();
}

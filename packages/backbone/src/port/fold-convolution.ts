import type { TypedTensor } from '@mint/internal';
import type { PortTensors } from './port-tensors.js';

/** One convolution of a port, with the batch norm behind it. */
export interface PortConvolution {
  /** Name of the convolution, without `.weight`. */
  readonly conv: string;
  /** Name of the batch norm, without `.running_mean`. Absent: the convolution has a bias. */
  readonly norm?: string | undefined;
  /** Side of the kernel in pixels. */
  readonly kernel: number;
  /** Input channels; ignored by a depthwise convolution. */
  readonly from: number;
  /** Output channels. */
  readonly to: number;
  /** Each channel has a filter of its own. @defaultValue false */
  readonly depthwise?: boolean | undefined;
}

/**
 * Kernel and bias of a convolution in tfjs' layout, its batch norm folded in (in float64).
 *
 * @param epsilon - Of the batch norm.
 * @returns `kernel` `[h, w, in, out]`, depthwise `[h, w, channels, 1]`; `bias` `[out]`.
 * @throws MintError as {@link PortTensors.get}.
 */
export function foldConvolution(
  port: PortTensors,
  { conv, norm, kernel: side, from, to, depthwise = false }: PortConvolution,
  epsilon: number,
): { readonly kernel: TypedTensor; readonly bias: TypedTensor } {
  const inputs = depthwise ? 1 : from;
  const values = port.get(`${conv}.weight`, [to, inputs, side, side]);
  const scale = new Float64Array(to).fill(1);
  const bias = new Float32Array(to);
  if (norm === undefined || port.has(`${conv}.bias`)) {
    bias.set(port.get(`${conv}.bias`, [to]));
  } else {
    const part = (name: string) => port.get(`${norm}.${name}`, [to]);
    const [gamma, beta, mean, variance] = [
      part('weight'),
      part('bias'),
      part('running_mean'),
      part('running_var'),
    ];
    for (let o = 0; o < to; o++) {
      const s = (gamma[o] as number) / Math.sqrt((variance[o] as number) + epsilon);
      scale[o] = s;
      bias[o] = (beta[o] as number) - (mean[o] as number) * s;
    }
  }
  return {
    kernel: {
      shape: depthwise ? [side, side, to, 1] : [side, side, from, to],
      data: turnKernel(values, [to, inputs, side * side], scale),
    },
    bias: { shape: [to], data: bias },
  };
}

/** `[out, in, h·w]` to `[h·w, in, out]`, each output times its `scale`. */
export function turnKernel(
  values: ArrayLike<number>,
  [to, from, area]: readonly [number, number, number],
  scale?: ArrayLike<number>,
): Float32Array {
  const kernel = new Float32Array(to * from * area);
  for (let o = 0; o < to; o++) {
    for (let i = 0; i < from; i++) {
      for (let p = 0; p < area; p++)
        kernel[(p * from + i) * to + o] = (values[(o * from + i) * area + p] as number) * (scale?.[o] ?? 1);
    }
  }
  return kernel;
}

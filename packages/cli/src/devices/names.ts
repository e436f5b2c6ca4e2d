/** What can compute: backends of TensorFlow.js, `onnx` with its provider after a colon. The fastest on a CPU come first. */
export const NAMED_DEVICES = [
  'onnx',
  'onnx:webgpu',
  'onnx:cuda',
  'webgpu',
  'tensorflow',
  'wasm',
  'cpu',
] as const;

/** Values of `--device`. */
export const DEVICES = ['auto', ...NAMED_DEVICES] as const;
/** One of {@link DEVICES}. */
export type Device = (typeof DEVICES)[number];
/** The device that computes, as results record it. */
export type NamedDevice = Exclude<Device, 'auto'>;

/**
 * What `auto` tries, the fastest first: only devices that come with this command and compute on the CPU. So the same machine
 * always gets the same device, nothing is measured at the start, and a graphics driver, which may fail silently or crash the
 * process, is used only when the user asks for it.
 */
export const AUTO = ['onnx', 'wasm', 'cpu'] as const satisfies readonly NamedDevice[];

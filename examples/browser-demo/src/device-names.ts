/** Names that people understand for the devices of TensorFlow.js. */
export const DEVICES: Readonly<Record<string, string>> = {
  webgpu: 'the graphics card, by WebGPU',
  wasm: 'the processor, by WebAssembly',
  cpu: 'the processor, by plain JavaScript, which is slow',
};

import { binding, initOrt } from 'onnxruntime-node/dist/binding.js';

/**
 * ONNX Runtime's native module, ready for sessions.
 *
 * Its builds for Linux and macOS keep a number of this machine in the user's cache folder and report sessions to their maker
 * (since 1.30) unless `ORT_DISABLE_TELEMETRY` is set before the first session. What the user has set counts.
 */
export function onnxRuntime(): typeof binding {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  initOrt();
  return binding;
}

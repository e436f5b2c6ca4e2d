import type { DetectorState } from '../state.js';

/**
 * Writes the `model.json` of a model folder (Node.js): other thresholds, the same weights. No detector is built and nothing is
 * uploaded to a backend.
 *
 * @param folder - Holds the weights of `state`, bit for bit.
 * @param state - As from `MintDetector.toState`.
 * @throws MintError `INVALID_ARGUMENT` when the folder holds other weights than `state`; `NOT_FOUND` without weights.
 *
 * @example
 * ```ts no-run
 * import { MintDetector, thresholdsAt, writeDescription } from '@mint/detector';
 *
 * const detector = await MintDetector.load('models/parts');
 * const { calibration, ...state } = detector.toState();
 * detector.dispose();
 * if (calibration !== undefined) {
 *   const thresholds = thresholdsAt(calibration, 0.02);
 *   await writeDescription('models/parts', { ...state, calibration: { ...calibration, alpha: 0.02, thresholds } });
 * }
 * ```
 */
export async function writeDescription(folder: string, state: DetectorState): Promise<void> {
  const { writeModelDescription } = await import('#model-folder');
  await writeModelDescription(folder, state);
}

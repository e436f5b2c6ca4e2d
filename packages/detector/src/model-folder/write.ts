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

/**
 * Changes the `model.json` of a model folder (Node.js). Of processes that do so at the same time, each sees what those before it wrote,
 * so no change is lost.
 *
 * @param change - Gets what the folder holds now and gives what it should hold, with the weights that the caller knows; what it
 * throws is thrown, and nothing is written.
 * @throws MintError `INVALID_ARGUMENT` when the folder holds other weights than the new state; `IN_USE` when another process
 * keeps it for a minute; as `MintDetector.load`.
 *
 * @example
 * ```ts no-run
 * import { updateDescription } from '@mint/detector';
 *
 * await updateDescription('models/parts', (state) => ({
 *   ...state,
 *   provenance: { ...state.provenance, station: 'line 4' },
 * }));
 * ```
 */
export async function updateDescription(
  folder: string,
  change: (current: DetectorState) => DetectorState,
): Promise<void> {
  const { updateModelDescription } = await import('#model-folder');
  await updateModelDescription(folder, change);
}

import type { Probe, Scorer } from './probe.js';

/**
 * Reads the probe image of a model folder (Node.js); see `selfTest`.
 *
 * @returns Undefined when the folder has none: it was written by an earlier version, or its weights were replaced. `MintDetector.save`
 * and {@link writeProbe} write one.
 * @throws MintError `CORRUPT_FILE` when `probe.json` cannot be understood; `NOT_FOUND` without a model.
 */
export async function readProbe(folder: string): Promise<Probe | undefined> {
  const { readProbeFile } = await import('#model-folder');
  return readProbeFile(folder);
}

/**
 * Writes `probe.json` beside a model that has none (Node.js); `MintDetector.save` does it by itself.
 *
 * @param folder - Holds the weights of `detector`.
 * @throws MintError `NOT_FOUND` without a model, `UNAVAILABLE` or `DISK_FULL` when the file cannot be written.
 */
export async function writeProbe(folder: string, detector: Scorer): Promise<void> {
  const { writeProbeFile } = await import('#model-folder');
  await writeProbeFile(folder, detector);
}

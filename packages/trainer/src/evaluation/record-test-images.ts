import { type ImageSets, type MintDetector, shortHash, updateDescription } from '@mint/detector';

const NONE_KNOWN: ImageSets = { fit: [], heldOut: [], test: [] };

/**
 * Writes into a model's description which images it was tested on: from then on they cannot be used to calibrate it.
 *
 * @param folder - The model folder; only `model.json` is written.
 * @param detector - As it was saved there.
 * @param contentHashes - SHA-256 of the images, hexadecimal.
 * @throws MintError `INVALID_ARGUMENT` when the folder holds other weights than the detector.
 */
export async function recordTestImages(
  folder: string,
  detector: MintDetector,
  contentHashes: readonly string[],
): Promise<void> {
  await updateDescription(folder, ({ calibration, provenance, images = NONE_KNOWN }) => ({
    ...detector.toState(),
    // As they are now: the limits may have been set again meanwhile.
    calibration,
    provenance,
    images: { ...images, test: contentHashes.map(shortHash) },
  }));
}

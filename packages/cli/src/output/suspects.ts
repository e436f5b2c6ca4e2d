import { join } from 'node:path';
import { readSample } from '@mint/data';
import { type MintDetector, type PredictedImage, predictImage } from '@mint/detector';
import { writeFileAtomic } from '@mint/internal/node';
import type { Suspect } from '@mint/trainer';
import type { Progress } from '../shell/progress.js';
import { distinctPaths, safeName } from './file-names.js';
import { overlayOf } from './overlays.js';

/** Suspects that are shown one by one; the file names all. */
const MOST = 20;

/** A suspect as the finished model sees it. */
export type ShownSuspect = Suspect & PredictedImage;

/** A suspect as JSON output and `suspects.json` have it. */
export const suspectRow = ({ sample, className, score, limit, leftOutOf }: Suspect) => ({
  image: sample.id,
  class: className,
  score: Number(score.toPrecision(6)),
  limit: Number(limit.toPrecision(6)),
  leftOutOf,
});

/** A suspect in words. */
export const suspectNote = ({ score, limit, leftOutOf }: Suspect): string =>
  `score ${score.toFixed(2)}, limit ${limit.toFixed(2)}; left out of the ${leftOutOf === 'training' ? 'statistics' : 'alarm limits'}`;

/**
 * Says which good images look unlike their class, and writes all of them to `suspects.json` and overlays of the furthest to
 * `suspects/` in the run folder. Nothing is written when there are none.
 *
 * @returns The furthest, scored by the finished model.
 */
export async function reportSuspects(
  suspects: readonly Suspect[],
  detector: MintDetector,
  out: string,
  progress: Progress,
): Promise<ShownSuspect[]> {
  if (suspects.length === 0) return [];
  const file = join(out, 'suspects.json');
  await writeFileAtomic(file, `${JSON.stringify(suspects.map(suspectRow), null, 2)}\n`);
  const images = suspects.length === 1 ? 'good image that looks' : 'good images that look';
  progress.say(
    `suspects: ${suspects.length} ${images} unlike the class. Statistics and limits do without; look for a defect or another class:`,
  );
  const first = suspects.slice(0, MOST);
  for (const suspect of first)
    progress.say(`  ${suspect.className.padEnd(20)} ${suspect.sample.id}   ${suspectNote(suspect)}`);
  if (suspects.length > MOST) progress.say(`  and ${suspects.length - MOST} more`);
  progress.say(`  all of them: ${file}`);
  return detector.calibration === undefined ? [] : withOverlays(first, detector, join(out, 'suspects'));
}

async function withOverlays(
  suspects: readonly Suspect[],
  detector: MintDetector,
  folder: string,
): Promise<ShownSuspect[]> {
  const distinct = distinctPaths();
  const shown: ShownSuspect[] = [];
  for (const suspect of suspects) {
    const { sample } = suspect;
    const predicted = await predictImage(detector, (await readSample(sample)).image);
    const path = distinct(join(folder, safeName(sample.className), `${safeName(sample.id)}.png`));
    await writeFileAtomic(path, overlayOf(detector, { sample, ...predicted }));
    shown.push({ ...suspect, ...predicted });
  }
  return shown;
}

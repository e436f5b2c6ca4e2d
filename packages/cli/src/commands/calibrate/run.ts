import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Sample } from '@mint/data';
import {
  type Calibration,
  calibrationToJson,
  type ImageSets,
  MintDetector,
  type NormalScores,
  setOf,
  shortHash,
  smallestAlpha,
  thresholdsAt,
} from '@mint/detector';
import { MintError, oneLine } from '@mint/internal';
import { type ClassDecisions, type Decisions, featureCacheOf, scoreNormals } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import type { CommandContext } from '../../shell/context.js';
import type { Progress } from '../../shell/progress.js';
import { defaultCache } from '../../training/pipeline.js';
import type { CalibrateFlags } from './flags.js';

const NONE_KNOWN: ImageSets = { fit: [], heldOut: [], test: [] };

/**
 * `mint calibrate <model> --alpha 0.02 --add new-good/`: new limits from the scores of good images that the model
 * folder keeps, and of new ones. Only `model.json` is written, with the change in its history. Returns the exit code: 1
 * when a class stays without limits.
 */
export async function runCalibrate(
  folder: string,
  flags: CalibrateFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  if (flags.alpha === undefined && flags.add === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: give --alpha, --add or both; nothing to change.',
    );
  }
  const used = await useDevice(flags, progress);
  const detector = await MintDetector.load(folder);
  try {
    const { calibration, images = NONE_KNOWN, ...state } = detector.toState();
    if (flags.add !== undefined && images === NONE_KNOWN) {
      progress.say(
        'note: the model does not say which images it was trained and tested on; add none of them.',
      );
    }
    if (calibration === undefined) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${folder}: the model has no calibration to start from; train it with \`mint train\`.`,
      );
    }
    const found =
      flags.add === undefined
        ? undefined
        : await scoreAdded(detector, folder, flags.add, { ...flags, device: used }, progress);
    if (found !== undefined) refuseSeen(found.names, found.hashes, images);
    const alpha = flags.alpha ?? calibration.alpha;
    const scores = found === undefined ? calibration : merged(calibration, found.scores);
    const thresholds = thresholdsAt(scores, alpha);
    refuseLoss(calibration, thresholds, scores, alpha);
    const added = found?.hashes.map(shortHash) ?? [];
    const change = {
      date: new Date().toISOString(),
      alphaBefore: calibration.alpha,
      alpha,
      pictures: Object.values(scores.normalScores).flat().length,
      added,
    };
    const changed: Calibration = {
      ...calibration,
      ...scores,
      alpha,
      thresholds,
      history: [...(calibration.history ?? []), change],
    };
    const updated = MintDetector.fromState({
      ...state,
      calibration: changed,
      images: { ...images, heldOut: [...images.heldOut, ...added] },
    });
    await updated.saveDescription(folder).finally(() => updated.dispose());
    print(thresholdTable(changed), { ...change, thresholds: calibrationToJson(changed).thresholds });
    return Object.keys(thresholds).length === Object.keys(scores.normalScores).length ? 0 : 1;
  } finally {
    detector.dispose();
  }
}

interface Added {
  readonly scores: NormalScores;
  readonly hashes: readonly string[];
  /** Paths of the images, in the order of their hashes. */
  readonly names: readonly string[];
}

async function scoreAdded(
  detector: MintDetector,
  model: string,
  add: string,
  { class: given, device, cache, strict }: CalibrateFlags,
  progress: Progress,
): Promise<Added> {
  const samples = await goodImages(add, detector.config.classes, given);
  const unreadable = new Set<Sample>();
  const { scores, hashes } = await scoreNormals(
    detector,
    featureCacheOf(resolve(cache ?? defaultCache(dirname(resolve(model)))), detector, { device }),
    samples,
    strict
      ? {}
      : {
          onError: (error, sample) => {
            unreadable.add(sample);
            progress.say(`left out: ${error.message}`);
          },
        },
  );
  return { scores, hashes, names: samples.filter((sample) => !unreadable.has(sample)).map(({ id }) => id) };
}

/** Every file of `<folder>/<class>/`, or of the folder itself when the class is given. */
async function goodImages(
  folder: string,
  classes: readonly string[],
  given: string | undefined,
): Promise<Sample[]> {
  const names =
    given === undefined
      ? (await list(folder)).filter((e) => e.isDirectory()).map(({ name }) => name)
      : [given];
  const stray = names.find((name) => !classes.includes(name));
  if (stray !== undefined || names.length === 0) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${folder}: ${stray === undefined ? 'there is no subfolder' : `'${stray}' is no class of the model`}; expected good images in ` +
        `<class>/, or one class's images and --class. Classes: ${classes.join(', ')}.`,
    );
  }
  const lists = names.map(async (className) => {
    const inside = given === undefined ? join(folder, className) : folder;
    const files = (await list(inside)).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    return files.map(({ name }): Sample => {
      const imagePath = join(inside, name);
      const classIndex = classes.indexOf(className);
      return { id: imagePath, className, classIndex, split: 'train', label: 'normal', imagePath };
    });
  });
  return (await Promise.all(lists)).flat();
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new MintError('NOT_FOUND', `${folder}: cannot read the folder of good images: ${oneLine(error)}.`, {
      cause: error,
    });
  }
}

const WHY_NOT: Readonly<Record<keyof ImageSets, string>> = {
  fit: 'the model was trained on it, so its score is lower than that of a new image',
  heldOut: 'the limits rest on it already; it would count twice',
  test: 'it is a test image; limits that know it would flatter the test',
};

/** No image may be used twice. */
function refuseSeen(names: readonly string[], hashes: readonly string[], images: ImageSets): void {
  hashes.forEach((hash, i) => {
    const first = hashes.indexOf(hash);
    const set = setOf(images, hash);
    if (set === undefined && first === i) return;
    const why = set === undefined ? `it equals ${names[first]}` : WHY_NOT[set];
    throw new MintError('INVALID_ARGUMENT', `${names[i]}: cannot be added: ${why}. Nothing was changed.`);
  });
}

type Lists = Readonly<Record<string, readonly number[]>>;

function merged(old: NormalScores, added: NormalScores): NormalScores {
  const join = (a: Lists, b: Lists = {}): Lists =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [
        name,
        [...(a[name] ?? []), ...(b[name] ?? [])],
      ]),
    );
  const { normalOodScores, normalBrightness } = old;
  return {
    normalScores: join(old.normalScores, added.normalScores),
    normalMaxima: join(old.normalMaxima, added.normalMaxima),
    ...(normalOodScores && { normalOodScores: join(normalOodScores, added.normalOodScores) }),
    ...(normalBrightness && { normalBrightness: join(normalBrightness, added.normalBrightness) }),
  };
}

/** An α that too few images can keep is refused when it would take limits away, or no class could have them. */
function refuseLoss(
  { thresholds: before }: Calibration,
  after: Calibration['thresholds'],
  { normalScores }: NormalScores,
  alpha: number,
): void {
  const lost = Object.keys(normalScores).filter(
    (name) => after[name] === undefined && before[name] !== undefined,
  );
  const short = Object.keys(after).length === 0 ? Object.keys(normalScores) : lost;
  if (short.length === 0) return;
  const best = short.map((name) => {
    const images = normalScores[name]?.length ?? 0;
    return `${name} ${rounded(smallestAlpha(images))} with ${images} good images`;
  });
  throw new MintError(
    'INVALID_ARGUMENT',
    `mint calibrate: too few held-out good images for a false-alarm rate of ${alpha}; the smallest possible: ${best.join(', ')}. ` +
      'Nothing was changed: take a higher --alpha, or --add good images.',
  );
}

/** Rounded up, so that the rate shown can be kept. */
const rounded = (rate: number): string => (Math.ceil(rate * 1000) / 1000).toString();

/**
 * Alarm limits by class, and how they did on test images; where held-out images are too few, what the class could
 * promise instead.
 */
export function thresholdTable(
  { alpha, normalScores, thresholds }: Calibration,
  decisions?: Decisions,
): string {
  const lines = Object.entries(normalScores).map(([className, { length }]) => {
    const limit = thresholds[className];
    const value =
      limit === undefined
        ? `none: ${length} images promise ${rounded(smallestAlpha(length))} at best`
        : [
            `score ${limit.image.toFixed(3)}`,
            `map ${limit.pixel.toFixed(3)}`,
            ...(limit.ood === undefined ? [] : [`strangeness ${limit.ood.toFixed(2)}`]),
          ].join(', ');
    return `  ${className.padEnd(20)} ${String(length).padStart(5)} held-out good images   ${value}${outcome(decisions?.perClass[className])}`;
  });
  return [`alarm limits for at most ${alpha} false alarms a good image:`, ...lines].join('\n');
}

function outcome(decisions: ClassDecisions | undefined): string {
  if (decisions?.falseAlarmRate95 === undefined) return '';
  const { normal, falseAlarms, falseUnknown, falseAlarmRate95, anomalous, misses } = decisions;
  const [low, high] = falseAlarmRate95.map((rate) => rate.toFixed(2));
  return `; in test: ${falseAlarms} of ${normal} false alarms (95 %: ${low} to ${high}), ${falseUnknown} called unknown, ${misses} of ${anomalous} missed`;
}

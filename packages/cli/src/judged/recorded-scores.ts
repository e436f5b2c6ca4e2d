import type { ImageSets } from '@mint/detector';
import type { History } from '@mint/history';
import { MintError } from '@mint/internal';
import type { ScoredNormals } from '@mint/trainer';
import { z } from 'zod';
import type { ModelId } from '../scoring/model-id.js';
import { type JudgedGood, judgedGood, type LeftOut, leaveOut } from './judged-images.js';

/** What a record holds for new limits. Other programs may have written it. */
const DETAILS = z.object({
  scoring: z.string(),
  sizedPeak: z.number().optional(),
  measured: z.object({ maximum: z.number(), oodScore: z.number().optional(), brightness: z.number() }),
});

/** What {@link recordedScores} needs to know of the model. */
export interface RecordedScoresOptions {
  readonly classes: readonly string[];
  /** Images that the model knows. */
  readonly images: ImageSets;
  readonly id: Pick<ModelId, 'scoring'>;
}

/**
 * The recorded scores of images that people judged good, as `scoreNormals` would measure them: no image is read. Only scores of
 * this model count.
 *
 * A share of good images is promised to stay below a limit. Images that were chosen because they raised no alarm would lower the
 * limit and break the promise, so a class is left out when its alarms were judged less often than its other images. The other way
 * round the limit is too high, never too low.
 *
 * @param left - Gets what is left out.
 * @throws MintError `INVALID_ARGUMENT` when nothing is left.
 */
export async function recordedScores(
  history: Pick<History, 'all' | 'counts'>,
  { classes, images, id }: RecordedScoresOptions,
  left: LeftOut,
): Promise<ScoredNormals> {
  const unfair = await unfairClasses(history);
  const lists = { scores: {}, maxima: {}, oodScores: {}, brightness: {}, peaks: {} } satisfies Record<
    string,
    Lists
  >;
  const used: JudgedGood[] = [];
  for await (const decision of judgedGood(history, classes, images, left)) {
    const { className, score } = decision;
    const details = DETAILS.safeParse(decision.details);
    if (!details.success || score === undefined) leaveOut(left, 'recorded without what limits need');
    else if (details.data.scoring !== id.scoring) leaveOut(left, 'scored by another model');
    else if (unfair.has(className))
      leaveOut(
        left,
        `of ${className}, whose alarms are judged less often than its other images: judge its alarms first`,
      );
    else {
      const { maximum, oodScore, brightness } = details.data.measured;
      add(lists.scores, className, score);
      add(lists.maxima, className, maximum);
      add(lists.oodScores, className, oodScore);
      add(lists.brightness, className, brightness);
      add(lists.peaks, className, details.data.sizedPeak);
      used.push(decision);
    }
  }
  if (used.length === 0) {
    const reasons = [...left].map(([why, count]) => `${count} ${why}`).join(', ');
    const message = `no recorded image is judged good and can be used${reasons === '' ? '' : ` (${reasons})`}. Judge images with mint history judge, or on the page of mint serve.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  return {
    scores: {
      normalScores: lists.scores,
      normalMaxima: lists.maxima,
      normalOodScores: lists.oodScores,
      normalBrightness: lists.brightness,
      normalSizedPeaks: lists.peaks,
    },
    images: used.map(({ source, imageHash }) => ({ name: source, contentHash: imageHash })),
    pixels: {},
  };
}

type Lists = Record<string, number[]>;

function add(lists: Lists, name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (!Object.hasOwn(lists, name)) Object.defineProperty(lists, name, { value: [], enumerable: true });
  lists[name]?.push(value);
}

/** Classes whose alarms are judged less often than their other images. */
async function unfairClasses(history: Pick<History, 'all' | 'counts'>): Promise<Set<string>> {
  const shares = new Map<string, { all: [number, number]; judged: [number, number] }>();
  const of = (name: string) => {
    const share = shares.get(name) ?? { all: [0, 0], judged: [0, 0] };
    shares.set(name, share);
    return share;
  };
  const kind = (decision: string) => (decision === 'alarm' || decision === 'unknown class' ? 0 : 1);
  for (const { className = '', decision, count } of await history.counts())
    of(className).all[kind(decision)] += count;
  for (const verdict of ['good', 'defective'] as const)
    for await (const { className = '', decision } of history.all({ verdict }))
      of(className).judged[kind(decision)] += 1;
  const unfair = [...shares].filter(([, { all, judged }]) => judged[0] * all[1] < judged[1] * all[0]);
  return new Set(unfair.map(([name]) => name));
}

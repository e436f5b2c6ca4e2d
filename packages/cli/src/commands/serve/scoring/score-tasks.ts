import type { MintDetector, PredictedImage } from '@mint/detector';
import { MintError } from '@mint/internal';
import { overlayOf } from '../../../output/overlays.js';
import { createDecider } from '../../../scoring/decisions.js';
import { scoreImages } from '../../../scoring/score-images.js';
import type { Outcome, ScoreTask } from './engine.js';

/**
 * Makes the function that scores images, decides about them, and draws their heat maps.
 *
 * @param batchSize - As for `scoreImages`.
 * @param say - Gets what an operator should know.
 */
export function createScoring(
  detector: MintDetector,
  batchSize: number,
  say: (text: string) => void,
): (tasks: readonly ScoreTask[]) => Promise<Outcome[]> {
  const decide = createDecider(detector, say);
  const outcome = (task: ScoreTask, scored: PredictedImage | MintError): Outcome => {
    if (MintError.isInstance(scored)) return { code: scored.code, message: scored.message };
    if (!Number.isFinite(scored.prediction.score)) return { notFinite: true };
    const decision = decide(scored, task.className);
    if (!task.heatmap) return { decision };
    const sample = { id: task.name, className: task.className ?? '' };
    return { decision, heatmap: overlayOf(detector, { ...scored, sample }) };
  };
  return async (tasks) => {
    const images = tasks.map(({ image }) => image);
    const given = tasks.map(({ className }) => className);
    const scored = await scoreImages(detector, images, batchSize, given);
    return tasks.map((task, i) => outcome(task, scored[i] as PredictedImage | MintError));
  };
}

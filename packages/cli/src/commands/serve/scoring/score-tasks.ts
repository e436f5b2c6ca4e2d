import type { Calibration, MintDetector, PredictedImage } from '@mint/detector';
import { MintError } from '@mint/internal';
import { overlayOf } from '../../../output/overlays.js';
import { pictureOf } from '../../../output/picture.js';
import { createDecider } from '../../../scoring/decisions.js';
import { driftWatch } from '../../../scoring/drift-watch.js';
import { measuredOf } from '../../../scoring/measured.js';
import { scoreImages } from '../../../scoring/score-images.js';
import type { EngineState, Outcome, ScoreTask } from './engine.js';
import { decidingBy, limitsOf } from './limits.js';

/** Scores images and decides about them by limits that can be replaced meanwhile. */
export interface Scoring {
  /** One outcome per task, in order. */
  readonly score: (tasks: readonly ScoreTask[]) => Promise<Outcome[]>;
  readonly state: () => EngineState;
  /** Images that are scored after that are decided by this calibration. */
  readonly decideBy: (calibration: Calibration) => void;
}

/**
 * Makes what scores images, decides about them, and draws their heat maps.
 *
 * @param batchSize - As for `scoreImages`.
 * @param say - Gets what an operator should know.
 */
export function createScoring(
  detector: MintDetector,
  batchSize: number,
  say: (text: string) => void,
): Scoring {
  // Of the model as it was loaded: other limits do not change what its images look like.
  const drift = driftWatch(detector.calibration, say);
  const decidedBy = (calibration: Calibration | undefined) => {
    const deciding = decidingBy(detector, calibration);
    return { deciding, decide: createDecider(deciding, say, undefined, drift) };
  };
  let limits = decidedBy(detector.calibration);
  const outcome = (task: ScoreTask, scored: PredictedImage | MintError): Outcome => {
    if (MintError.isInstance(scored)) return { code: scored.code, message: scored.message };
    if (!Number.isFinite(scored.prediction.score)) return { notFinite: true };
    const decision = limits.decide(scored, task.className);
    const picture = pictureOf(limits.deciding, scored, decision.class);
    const measured = measuredOf(detector, scored, decision.class);
    if (!task.heatmap) return { decision, picture, measured };
    const sample = { id: task.name, className: task.className ?? '' };
    return { decision, picture, measured, heatmap: overlayOf(limits.deciding, { ...scored, sample }) };
  };
  return {
    async score(tasks) {
      const images = tasks.map(({ image }) => image);
      const given = tasks.map(({ className }) => className);
      const scored = await scoreImages(detector, images, batchSize, given);
      return tasks.map((task, i) => outcome(task, scored[i] as PredictedImage | MintError));
    },
    state: () => {
      const { calibration, config } = limits.deciding;
      return {
        alpha: calibration?.alpha,
        limits: limitsOf(calibration, config.classes),
        drift: drift.state(),
      };
    },
    decideBy(calibration) {
      limits = decidedBy(calibration);
    },
  };
}

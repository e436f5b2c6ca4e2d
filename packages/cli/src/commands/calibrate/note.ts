import { hostname, userInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Calibration } from '@mint/detector';
import { withHistory } from '../../judged/judged-images.js';
import type { CalibrateFlags } from './flags.js';

/** Notes in a record of decisions who changed the limits of which model, and how. */
export async function noteChange(
  { fromHistory, history: place = fromHistory }: CalibrateFlags,
  model: string,
  before: Calibration,
  after: Calibration,
): Promise<void> {
  if (place === undefined) return;
  const isInterest = !isDeepStrictEqual(before.regionsOfInterest, after.regionsOfInterest);
  const limitsOf = ({ alpha, thresholds }: Calibration) => ({
    alpha,
    limits: Object.fromEntries(Object.entries(thresholds).map(([name, { image }]) => [name, image])),
  });
  await withHistory(place, (history) =>
    history.addAudit({
      time: Date.now(),
      station: hostname(),
      person: userInfo().username,
      action: isInterest ? 'region of interest' : 'limits',
      details: { model, from: limitsOf(before), to: limitsOf(after) },
    }),
  );
}

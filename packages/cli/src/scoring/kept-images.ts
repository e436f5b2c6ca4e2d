import type { History, NewImage, RecordedDecision } from '@mint/history';
import { oneLine } from '@mint/internal';
import { type Picture, picturePngs } from '../output/picture.js';

/** Flags about images that are kept beside decisions. */
export interface KeepFlags {
  /** Of which decisions: all, or those that are not `ok`. Default: of none. */
  readonly keepImages?: 'none' | 'alarms' | 'all' | undefined;
  /** Days after which images are deleted. Default: never. */
  readonly keepDays?: number | undefined;
  /** Megabytes above which the oldest are deleted. Default: no limit. */
  readonly keepMb?: number | undefined;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** The images to keep beside a decision. */
export async function imagesToKeep(
  { keepImages = 'none' }: KeepFlags,
  decision: RecordedDecision,
  picture: Picture | undefined,
): Promise<NewImage[]> {
  if (picture === undefined || keepImages === 'none') return [];
  if (keepImages === 'alarms' && (decision === 'ok' || decision === 'none')) return [];
  const { image, heat } = await picturePngs(picture);
  const type = 'image/png';
  return [
    { kind: 'thumbnail', type, bytes: image },
    ...(heat === undefined ? [] : [{ kind: 'anomaly map' as const, type, bytes: heat }]),
  ];
}

/** Deletes kept images at once and then every hour, by age and by size. Returns what ends that. */
export function deleteOldImages(
  history: Pick<History, 'prune'>,
  { keepDays, keepMb }: KeepFlags,
  say: (text: string) => void,
): () => void {
  if (keepDays === undefined && keepMb === undefined) return () => {};
  const prune = async () => {
    const before = keepDays === undefined ? undefined : Date.now() - keepDays * DAY;
    await history.prune({ before, maxBytes: keepMb === undefined ? undefined : keepMb * 1e6 });
  };
  const run = () => void prune().catch((error) => say(`old images are not deleted: ${oneLine(error)}`));
  run();
  const timer = setInterval(run, HOUR).unref();
  return () => clearInterval(timer);
}

import type { StoredDecision, StoredImage } from '@mint/history';
import type { JudgedAs, LiveDecision, MarkedRegion, ShownDecision } from '@mint/station-page';
import { z } from 'zod';
import { versionOf } from '../../../../scoring/model-id.js';
import type { Recordable } from '../../../../scoring/recorder.js';
import type { StationResult } from '../../scoring/station.js';

const outlineOf = ({ outline }: MarkedRegion): MarkedRegion => ({ outline });

/** A decision that was just made, as the page shows it. */
export function shownNow(
  { source, imageHash, milliseconds, model }: Omit<Recordable, 'decision' | 'picture'>,
  { decision: result, picture }: Pick<StationResult, 'decision' | 'picture'>,
  { id, station }: { readonly id: number | undefined; readonly station: string },
): Omit<LiveDecision, 'number' | 'pictures'> {
  const { score, p, decision, regions, smallRegions } = result;
  return {
    id,
    time: Date.now(),
    station,
    source,
    imageHash,
    decision,
    class: result.class,
    score,
    p,
    limit: picture.limit,
    regions: regions?.map(outlineOf),
    smallRegions: smallRegions?.map(outlineOf),
    frame: picture.frame,
    milliseconds,
    modelVersion: versionOf(model),
  };
}

const REGIONS = z.array(z.object({ outline: z.array(z.array(z.tuple([z.number(), z.number()]))) }));

/** What a record may hold beside a decision. Other programs may have written it. */
const DETAILS = z.object({
  limit: z.number().optional().catch(undefined),
  frame: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional().catch(undefined),
  regions: REGIONS.optional().catch(undefined),
  smallRegions: REGIONS.optional().catch(undefined),
});

/** A line of a list: without outlines, which may be long. */
export function shownLine(stored: StoredDecision): ShownDecision {
  const { id, time, station, source, imageHash, decision, className, score, p, details } = stored;
  const { milliseconds, modelVersion, verdict } = stored;
  return {
    id,
    time,
    station,
    source,
    imageHash,
    decision,
    class: className,
    score,
    p,
    limit: DETAILS.parse(details ?? {}).limit,
    milliseconds,
    modelVersion,
    verdict,
  };
}

/** A recorded decision with everything that is known of it. */
export function shownWhole(stored: StoredDecision, kinds: readonly StoredImage['kind'][]): ShownDecision {
  const { frame, regions, smallRegions } = DETAILS.parse(stored.details ?? {});
  const path = `/v1/decisions/${stored.id}`;
  const image = kinds.includes('thumbnail') ? `${path}/image` : undefined;
  const heat = kinds.includes('anomaly map') ? `${path}/heat` : undefined;
  return { ...shownLine(stored), regions, smallRegions, frame, pictures: { image, heat } };
}

/** Kinds of defects that people have named, the latest first. */
export const kindsOf = (judged: readonly { readonly verdict?: JudgedAs | undefined }[]): string[] => [
  ...new Set(judged.flatMap(({ verdict }) => verdict?.kind ?? [])),
];

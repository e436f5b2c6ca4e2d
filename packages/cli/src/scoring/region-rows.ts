import {
  type Decision,
  type MintDetector,
  markLimit,
  type Prediction,
  type Region,
  regions,
} from '@mint/detector';
import { own } from '@mint/internal';

/** A connected place above the limit; the keys are those of JSON answers. Lengths are in pixels of the image. */
export interface RegionRow {
  /** Left edge, upper edge, width and height. */
  readonly box: readonly [left: number, top: number, width: number, height: number];
  readonly area: number;
  /** Of the image's area. */
  readonly areaPercent: number;
  /** In square millimetres, where the size of a pixel is known. */
  readonly areaMm2?: number | undefined;
  /** The largest distance between two of its points. */
  readonly extent: number;
  readonly extentMm?: number | undefined;
  /** Largest and mean value of the anomaly map. */
  readonly peak: number;
  readonly mean: number;
  /** Rings of [x, y]: the first goes round the outside, the others round holes. */
  readonly outline: readonly (readonly (readonly [x: number, y: number])[])[];
}

/** The marked places of an image; absent where its class has no limits. */
export interface MarkedRegions {
  /** The highest peak first, at most {@link MOST_REGIONS}. */
  readonly regions?: readonly RegionRow[] | undefined;
  /** Those that the size rule of the class hides, likewise. Absent without a rule. */
  readonly smallRegions?: readonly RegionRow[] | undefined;
  /** How many more there are than are listed. Absent when all are. */
  readonly regionsNotListed?: number | undefined;
}

/** An image that is anomalous all over may have thousands of specks. */
const MOST_REGIONS = 100;

/**
 * The places of an image above the limit that its decision rests on.
 *
 * @param mmPerPixel - Side of a pixel of the image in millimetres. Default: that of the class's size rule, or not known.
 */
export function markedRegions(
  { calibration }: Pick<MintDetector, 'calibration'>,
  prediction: Prediction,
  decision: Decision,
  mmPerPixel?: number | undefined,
): MarkedRegions {
  const limit = calibration && markLimit(decision, calibration);
  if (limit === undefined) return {};
  const rule = own(calibration?.sizeRules, decision.className ?? '');
  const found = regions(prediction, limit, { rule });
  const row = (region: Region) => rowOf(region, mmPerPixel ?? rule?.mmPerPixel);
  const [large, small] = [found.filter(({ isSmall }) => !isSmall), found.filter(({ isSmall }) => isSmall)];
  const more = Math.max(0, large.length - MOST_REGIONS) + Math.max(0, small.length - MOST_REGIONS);
  return {
    regions: large.slice(0, MOST_REGIONS).map(row),
    smallRegions: rule && small.slice(0, MOST_REGIONS).map(row),
    regionsNotListed: more === 0 ? undefined : more,
  };
}

const rounded = (value: number): number => Math.round(100 * value) / 100;

function rowOf({ box, area, share, extent, peak, mean, outline }: Region, mm: number | undefined): RegionRow {
  return {
    box: [rounded(box.left), rounded(box.top), rounded(box.width), rounded(box.height)],
    area: rounded(area),
    areaPercent: Number((100 * share).toPrecision(4)),
    areaMm2: mm === undefined ? undefined : Number((area * mm * mm).toPrecision(6)),
    extent: rounded(extent),
    extentMm: mm === undefined ? undefined : Number((extent * mm).toPrecision(6)),
    peak,
    mean,
    outline: outline.map((ring) => ring.map(([x, y]) => [rounded(x), rounded(y)] as const)),
  };
}

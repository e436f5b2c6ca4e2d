import {
  type Calibration,
  rateWithLeftOut,
  type SizeRule,
  smallestAlpha,
  type Threshold,
} from '@mint/detector';
import { own } from '@mint/internal';
import type { ClassDecisions, Decisions } from '@mint/trainer';

/**
 * Alarm limits by class, and how they did on test images. A class with too few held-out images has no limits: its line says
 * which rate they could keep.
 */
export function thresholdTable(
  { alpha, reviewAlpha, normalScores, thresholds, sizeRules, leftOut }: Calibration,
  decisions?: Decisions | undefined,
): string {
  const lines = Object.entries(normalScores).map(([className, { length }]) => {
    const threshold = own(thresholds, className);
    const limits =
      threshold === undefined ? noLimits(length) : limitsOf(threshold, own(sizeRules, className));
    return `  ${className.padEnd(20)} ${String(length).padStart(5)} held-out good images   ${limits}${restated(alpha, length, own(leftOut, className))}${inTest(own(decisions?.perClass, className))}`;
  });
  const review = reviewAlpha === undefined ? '' : `, and at most ${reviewAlpha} alarms and reviews`;
  return [`alarm limits for at most ${alpha} false alarms per good image${review}:`, ...lines].join('\n');
}

/** What the limits promise when images were left out. */
function restated(alpha: number, kept: number, leftOut: number | undefined): string {
  if (leftOut === undefined) return '';
  const rate = rateWithLeftOut(alpha, kept, leftOut).toFixed(2);
  return `; without ${leftOut} ${leftOut === 1 ? 'suspect' : 'suspects'}: up to ${rate} false alarms if they are good`;
}

function noLimits(images: number): string {
  // Rounded up, so that the rate shown can be kept.
  const rate = Math.ceil(smallestAlpha(images) * 1000) / 1000;
  return `none: too few images; the lowest possible rate is ${rate}`;
}

function limitsOf({ image, pixel, ood, review }: Threshold, rule: SizeRule | undefined): string {
  const limits =
    rule === undefined
      ? [`score ${image.toFixed(3)}`, `map ${pixel.toFixed(3)}`]
      : [`map ${pixel.toFixed(3)} over at least ${rule.area} ${rule.unit === 'mm2' ? 'mm²' : rule.unit}`];
  if (review !== undefined) limits.push(`review ${review.image.toFixed(3)}`);
  if (ood !== undefined) limits.push(`out-of-distribution score ${ood.toFixed(2)}`);
  return limits.join(', ');
}

function inTest(decisions: ClassDecisions | undefined): string {
  if (decisions?.falseAlarmRate95 === undefined) return '';
  const {
    normal,
    falseAlarms,
    falseUnknown,
    falseReviews = 0,
    falseAlarmRate95,
    anomalous,
    misses,
    reviewed = 0,
  } = decisions;
  const reviews =
    falseReviews + reviewed === 0 ? '' : `, ${falseReviews} good and ${reviewed} anomalous to review`;
  const [low, high] = falseAlarmRate95.map((rate) => rate.toFixed(2));
  return `; in test: ${falseAlarms} of ${normal} false alarms (95 %: ${low} to ${high}), ${falseUnknown} called unknown, ${misses} of ${anomalous} missed${reviews}`;
}

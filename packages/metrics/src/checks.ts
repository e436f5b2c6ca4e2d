import { MintError } from '@mint/internal';

/** Size of every image of a stack. */
export interface ImageSize {
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Number of positives; throws unless scores and labels fit together and both kinds are there. */
export function countPositives(who: string, scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const positives = checkSamples(who, scores, labels);
  requireBothKinds(who, positives, labels.length);
  return positives;
}

/** Number of positives; throws unless scores and labels fit together. */
export function checkSamples(who: string, scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (scores.length !== labels.length) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `${who}: scores and labels must have one length, got ${scores.length} and ${labels.length}.`,
    );
  }
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (label !== 0 && label !== 1) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${who}: a label must be 0 or 1, got ${label} at position ${i}.`,
      );
    }
    positives += label;
  }
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) {
      throw new MintError('INVALID_ARGUMENT', `${who}: a score must be a number, got NaN at position ${i}.`);
    }
  }
  return positives;
}

/** Throws when all samples are of one kind. */
export function requireBothKinds(who: string, positives: number, total: number): void {
  if (positives === 0 || positives === total) {
    const only =
      total === 0
        ? 'there are no samples'
        : `there are only ${positives === 0 ? 'normal' : 'anomalous'} samples`;
    throw new MintError('UNDEFINED_METRIC', `${who}: undefined, because ${only}; it needs both kinds.`);
  }
}

/** Images in a stack of `length` pixels. */
export function countImages(who: string, length: number, { width, height }: ImageSize): number {
  const images = length / (width * height);
  if (
    !(
      Number.isInteger(width) &&
      Number.isInteger(height) &&
      width > 0 &&
      height > 0 &&
      Number.isInteger(images)
    )
  ) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `${who}: ${length} pixels are not a stack of ${width}x${height} images.`,
    );
  }
  return images;
}

/** The upper end of a false-positive rate, if it lies in (0, 1]. */
export function checkFprLimit(who: string, fprLimit: number): number {
  if (fprLimit > 0 && fprLimit <= 1) return fprLimit;
  throw new MintError('INVALID_ARGUMENT', `${who}: \`fprLimit\` must lie in (0, 1], got ${fprLimit}.`);
}

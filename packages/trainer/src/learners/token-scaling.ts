import type { DetectorState } from '@mint/detector';

/** Brings what was measured on unscaled features to the scale of the tokens that the model works on. */
export interface TokenScaling {
  /** Scales features, channels last. */
  readonly toTokens: (features: Float32Array) => Float32Array;
  /** `[C]`: standard deviation of an image's mean token around that of its class. */
  readonly spread: Float32Array;
}

export function tokenScaling({
  config,
  featureMean,
  featureStd,
  classStats,
}: Pick<DetectorState, 'config' | 'featureMean' | 'featureStd' | 'classStats'>): TokenScaling {
  const channels = featureMean.length;
  const raw = classStats?.std ?? featureStd;
  if (config.featureScaling === 'none') return { toTokens: (features) => features, spread: raw };
  return {
    toTokens: (features) =>
      features.map(
        (v, i) => (v - (featureMean[i % channels] as number)) / (featureStd[i % channels] as number),
      ),
    spread: raw.map((v, c) => v / (featureStd[c] as number)),
  };
}

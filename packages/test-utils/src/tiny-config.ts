/**
 * Configuration of a detector that trains in seconds on the plain JavaScript backend: 32 x 32 pixels, four tokens, no weights
 * to read. `MintDetector.create(tinyConfig(['nut']))`; tests spread it and change what they are about.
 */
export const tinyConfig = (classes: readonly string[]) =>
  ({
    model: 'mint-ad',
    classes,
    input: {
      width: 32,
      height: 32,
      filter: 'bilinear',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    backbone: { kind: 'scattering', orientations: 2, scales: 2 },
    grid: [2, 2],
    featureScaling: 'standardise',
    network: { hidden: 8, heads: 2, feedForward: 8, encoderLayers: 1, decoderLayers: 1, window: [1, 1] },
    queries: {
      mode: 'soft',
      embedding: 3,
      trunkWidth: 5,
      trunkLayers: 2,
      omega0: 30,
      classifierWidth: 4,
      residual: false,
    },
    map: 'whitened',
    score: 'max',
    seed: 1,
  }) as const;

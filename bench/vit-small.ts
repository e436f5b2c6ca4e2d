/** The architecture of DINOv2's small vision transformer with registers; a measurement adds the blocks it reads. */
export const VIT_SMALL = {
  kind: 'vit',
  patch: 14,
  width: 384,
  depth: 12,
  heads: 6,
  hidden: 1536,
  feedForward: 'gelu',
  registers: 4,
  positions: { kind: 'learned', grid: [37, 37], resample: 'antialias' },
  epsilon: 1e-6,
  normalisation: 'imagenet',
} as const;

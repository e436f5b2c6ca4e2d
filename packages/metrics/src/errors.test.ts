import { describe, expect, test } from 'vitest';
import {
  auPimo,
  auPro,
  aurocInterval,
  auSPro,
  binomialInterval,
  compareAuroc,
  compareModels,
  evaluateClasses,
  type ImageResult,
  iouMax,
  labelRegions,
  minMaxThresholdMetrics,
  PixelMetricsStream,
  pixelMetrics,
  precisionRecallCurve,
  proCurve,
  rocCurve,
} from './index.js';

const SIZE = { width: 2, height: 1 };
const defect = { image: 0, mask: [1, 0] };
const good: ImageResult = {
  className: 'nut',
  score: 1,
  anomalous: false,
  map: Float32Array.of(1, 2),
  size: SIZE,
};
const bad: ImageResult = { ...good, score: 2, anomalous: true, mask: Uint8Array.of(1, 0) };
const { size: _, ...withoutSize } = good;
const stream = (...options: ConstructorParameters<typeof PixelMetricsStream>) =>
  new PixelMetricsStream(...options);
const update = (map: number[], mask: number[]) => stream(SIZE).update(Float32Array.from(map), mask);
const resample = (intervals: { seed: number; replicates?: number }) =>
  evaluateClasses([good, bad], { intervals });

const KINDS = 'undefined, because there are only normal samples; it needs both kinds.';
const STACK = '3 pixels are not a stack of 2x1 images.';
const LABEL = 'a label must be 0 or 1, got 2 at position 1.';
const LIMIT = '`fprLimit` must lie in (0, 1], got';
const PAIRED =
  'undefined, because the variance of the difference is 0 or not defined; it needs at least two samples of each kind.';
const SAME = 'both models need the same images in the same order, but they differ at position';
const HOW = '(class, kind, or whether there are a map and a mask).';

describe.each<[string, [string, string, () => unknown][]]>([
  [
    'auPimo',
    [
      [
        'INVALID_ARGUMENT',
        '`fprBounds` must have 0 < low < high ≤ 1, got 0.2 and 0.1.',
        () => auPimo([1, 2], [0, 1], SIZE, { fprBounds: [0.2, 0.1] }),
      ],
      ['SHAPE_MISMATCH', STACK, () => auPimo([1, 2, 3], [0, 1, 0], SIZE)],
      ['INVALID_ARGUMENT', LABEL, () => auPimo([1, 2], [0, 2], SIZE)],
      [
        'UNDEFINED_METRIC',
        'undefined, because normal images have 2 pixels; a rate of 0.4 needs at least 3.',
        () => auPimo([1, 2, 3, 4], [0, 0, 1, 0], SIZE, { fprBounds: [0.1, 0.4] }),
      ],
    ],
  ],
  [
    'auSPro',
    [
      ['INVALID_ARGUMENT', `${LIMIT} 1.5.`, () => auSPro([1, 2], [defect], SIZE, { fprLimit: 1.5 })],
      ['SHAPE_MISMATCH', STACK, () => auSPro([1, 2, 3], [defect], SIZE)],
      [
        'INVALID_ARGUMENT',
        'a score must be a number, got NaN at position 1.',
        () => auSPro([1, Number.NaN], [defect], SIZE),
      ],
      [
        'INVALID_ARGUMENT',
        'defect 0 is in image -1, but there are 1.',
        () => auSPro([1, 2], [{ ...defect, image: -1 }], SIZE),
      ],
      [
        'INVALID_ARGUMENT',
        'defect 1 is in image 1, but there are 1.',
        () => auSPro([1, 2], [defect, { ...defect, image: 1 }], SIZE),
      ],
      [
        'SHAPE_MISMATCH',
        'the mask of defect 0 must have 2x1 pixels, got 3.',
        () => auSPro([1, 2], [{ ...defect, mask: [1, 0, 0] }], SIZE),
      ],
      [
        'INVALID_ARGUMENT',
        'a mask must be 0 or 1, got 2 at position 1 of defect 0.',
        () => auSPro([1, 2], [{ ...defect, mask: [1, 2] }], SIZE),
      ],
      [
        'INVALID_ARGUMENT',
        'the mask of defect 0 is empty.',
        () => auSPro([1, 2], [{ ...defect, mask: [0, 0] }], SIZE),
      ],
      [
        'INVALID_ARGUMENT',
        'the saturation of defect 0 must be above 0 and at most its area of 1 pixels, got 2.',
        () => auSPro([1, 2], [{ ...defect, saturation: 2 }], SIZE),
      ],
      ['UNDEFINED_METRIC', 'undefined, because there are no defects.', () => auSPro([1, 2], [], SIZE)],
      [
        'UNDEFINED_METRIC',
        'undefined, because there are no normal pixels.',
        () => auSPro([1, 2], [{ ...defect, mask: [1, 1] }], SIZE),
      ],
    ],
  ],
  [
    'binomialInterval',
    [
      [3, 2],
      [-1, 2],
      [0, 0],
      [0.5, 2],
      [1, 2.5],
    ].map(([hits = 0, n = 0]) => [
      'INVALID_ARGUMENT',
      `needs whole numbers with 0 ≤ hits ≤ n and n ≥ 1, got ${hits} of ${n}.`,
      () => binomialInterval(hits, n),
    ]),
  ],
  [
    'labelRegions',
    [
      [4, 3, 1],
      [5, 2.5, 2],
      [5, 2, 2.5],
      [0, -1, 1],
      [0, 1, -1],
      [0, 0, 1],
      [0, Number.POSITIVE_INFINITY, 1],
    ].map(([pixels = 0, width = 0, height = 0]) => [
      'SHAPE_MISMATCH',
      `${pixels} pixels are not a stack of ${width}x${height} images.`,
      () => labelRegions(new Uint8Array(pixels), { width, height }),
    ]),
  ],
  [
    'rocCurve',
    [
      [
        'INVALID_ARGUMENT',
        '`maxPoints` must be an integer of at least 2, got 1.',
        () => rocCurve([1, 2], [0, 1], { maxPoints: 1 }),
      ],
    ],
  ],
  [
    'precisionRecallCurve',
    [
      [
        'INVALID_ARGUMENT',
        '`maxPoints` must be an integer of at least 2, got 1.',
        () => precisionRecallCurve([1, 2], [0, 1], { maxPoints: 1 }),
      ],
    ],
  ],
  [
    'proCurve',
    [
      [
        'INVALID_ARGUMENT',
        '`maxPoints` must be an integer of at least 2, got 1.',
        () => proCurve([1, 2], [0, 1], SIZE, { maxPoints: 1 }),
      ],
      ['UNDEFINED_METRIC', KINDS, () => proCurve([1, 2], [0, 0], SIZE)],
      ['SHAPE_MISMATCH', STACK, () => proCurve([1, 2, 3], [0, 1, 0], SIZE)],
    ],
  ],
  [
    'minMaxThresholdMetrics',
    [
      ['UNDEFINED_METRIC', KINDS, () => minMaxThresholdMetrics([1, 2], [0, 0])],
      [
        'UNDEFINED_METRIC',
        'undefined, because scores go from 3 to 3 and cannot be stretched to 0 to 1.',
        () => minMaxThresholdMetrics([3, 3], [0, 1]),
      ],
      [
        'UNDEFINED_METRIC',
        'undefined, because scores go from 3 to Infinity and cannot be stretched to 0 to 1.',
        () => minMaxThresholdMetrics([3, Number.POSITIVE_INFINITY], [0, 1]),
      ],
    ],
  ],
  ['aurocInterval', [['UNDEFINED_METRIC', KINDS, () => aurocInterval([1, 2], [0, 0])]]],
  [
    'compareAuroc',
    [
      ['INVALID_ARGUMENT', LABEL, () => compareAuroc([1, 2], [1, 2], [0, 2])],
      [
        'SHAPE_MISMATCH',
        'scores and labels must have one length, got 1 and 2.',
        () => compareAuroc([1, 2], [1], [0, 1]),
      ],
      ['UNDEFINED_METRIC', PAIRED, () => compareAuroc([1, 2, 3], [1, 3, 2], [0, 0, 1])],
      ['UNDEFINED_METRIC', PAIRED, () => compareAuroc([1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 1, 1])],
    ],
  ],
  [
    'pixelMetrics',
    [
      ['INVALID_ARGUMENT', `${LIMIT} 0.`, () => pixelMetrics([1, 2], [0, 1], SIZE, { fprLimit: 0 })],
      ['INVALID_ARGUMENT', `${LIMIT} 1.1.`, () => pixelMetrics([1, 2], [0, 1], SIZE, { fprLimit: 1.1 })],
      ['SHAPE_MISMATCH', STACK, () => pixelMetrics([1, 2, 3], [0, 1, 0], SIZE)],
      ['UNDEFINED_METRIC', KINDS, () => pixelMetrics([1, 2], [0, 0], SIZE)],
    ],
  ],
  [
    'auPro',
    [
      ['INVALID_ARGUMENT', `${LIMIT} NaN.`, () => auPro([1, 2], [0, 1], SIZE, { fprLimit: Number.NaN })],
      ['UNDEFINED_METRIC', KINDS, () => auPro([1, 2], [0, 0], SIZE)],
    ],
  ],
  ['iouMax', [['UNDEFINED_METRIC', KINDS, () => iouMax([1, 2], [0, 0])]]],
  [
    'PixelMetricsStream',
    [
      ['INVALID_ARGUMENT', `${LIMIT} 0.`, () => stream(SIZE, { fprLimit: 0 })],
      [
        'INVALID_ARGUMENT',
        '`exactPixels` must be an integer from 0 to 2147483647, got -1.',
        () => stream(SIZE, { exactPixels: -1 }),
      ],
      [
        'INVALID_ARGUMENT',
        '`exactPixels` must be an integer from 0 to 2147483647, got 2147483648.',
        () => stream(SIZE, { exactPixels: 2 ** 31 }),
      ],
      ['SHAPE_MISMATCH', '0 pixels are not a stack of 0x1 images.', () => stream({ width: 0, height: 1 })],
      ['SHAPE_MISMATCH', STACK, () => update([1, 2, 3], [0, 1, 0])],
      ['INVALID_ARGUMENT', LABEL, () => update([1, 2], [0, 2])],
      [
        'UNDEFINED_METRIC',
        'undefined, because there are no samples; it needs both kinds.',
        () => stream(SIZE).compute(),
      ],
      [
        'INVALID_ARGUMENT',
        'streams of 2x1, 8-connected and 2x1, 4-connected images cannot be merged.',
        () => stream(SIZE).merge(stream(SIZE, { connectivity: 4 })),
      ],
    ],
  ],
  [
    'evaluateClasses',
    [
      [
        'INVALID_ARGUMENT',
        "an image of 'nut' has a map but no `size`.",
        () => evaluateClasses([bad, withoutSize]),
      ],
      [
        'SHAPE_MISMATCH',
        "maps and masks must all have 2x1 pixels, but one of 'nut' has size 1x2, a map of 2 and no mask.",
        () => evaluateClasses([bad, { ...good, size: { width: 1, height: 2 } }]),
      ],
      [
        'SHAPE_MISMATCH',
        "maps and masks must all have 2x1 pixels, but one of 'nut' has size 2x2, a map of 2 and no mask.",
        () => evaluateClasses([bad, { ...good, size: { width: 2, height: 2 } }]),
      ],
      [
        'SHAPE_MISMATCH',
        "maps and masks must all have 2x1 pixels, but one of 'nut' has size 3x1, a map of 2 and no mask.",
        () => evaluateClasses([bad, { ...good, size: { width: 3, height: 1 } }]),
      ],
      [
        'SHAPE_MISMATCH',
        "maps and masks must all have 2x1 pixels, but one of 'nut' has size 2x1, a map of 2 and a mask of 1.",
        () => evaluateClasses([good, { ...bad, mask: Uint8Array.of(1) }]),
      ],
      [
        'MASK_MISMATCH',
        "a normal image of 'nut' has a mask that is not empty.",
        () => evaluateClasses([bad, { ...bad, anomalous: false }]),
      ],
    ],
  ],
  [
    'intervals',
    [
      ['INVALID_ARGUMENT', '`seed` must be an integer of at least 0, got -1.', () => resample({ seed: -1 })],
      [
        'INVALID_ARGUMENT',
        '`replicates` must be an integer from 100 to 1000000, got 99.',
        () => resample({ seed: 0, replicates: 99 }),
      ],
      [
        'INVALID_ARGUMENT',
        '`replicates` must be an integer from 100 to 1000000, got 1000001.',
        () => resample({ seed: 0, replicates: 1_000_001 }),
      ],
    ],
  ],
  [
    'compareModels',
    [
      [0, { ...good, className: 'bolt' }],
      [0, bad],
      [0, { ...good, anomalous: true }],
      [0, { className: 'nut', score: 1, anomalous: false }],
    ].map(([at, other]) => [
      'INVALID_ARGUMENT',
      `${SAME} ${at} ${HOW}`,
      () => compareModels([good, bad], [other as ImageResult, bad], { seed: 0 }),
    ]),
  ],
])('%s says what is wrong and what came', (who, rows) => {
  test.each(rows)('%s: %s', (code, message, act) => {
    expect(act).toThrow(expect.objectContaining({ code, message: `${who}: ${message}` }));
  });
});

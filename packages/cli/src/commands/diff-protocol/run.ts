import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import type { CommandContext } from '../../shell/context.js';

/** Why numbers made under different values of a key may not be compared. */
const WHY: Readonly<Record<string, string>> = {
  protocol: 'other conventions; what they change is named line by line',
  differsFromOriginal: 'the presets stray from the code they are named after in other ways',
  dataset: 'other images',
  classes: 'other product classes; the pooled numbers and the class mean depend on which there are',
  model: 'another method',
  resize: 'the images are resized otherwise, which moves features and small defects',
  evaluationSize: 'masks and maps have another size; pixel metrics weigh defects otherwise',
  mapUpsampling: 'maps are enlarged otherwise; pixel metrics move',
  mapSmoothing: 'smoothing moves pixel metrics and scores that look at few pixels',
  maskRule: 'other pixels count as defective',
  scoreReduction: 'the image score is another function of the map',
  auProFprLimit: 'AUPRO integrates over another range; its values can move from 0.9 to 0.05',
  auProConnectivity: 'regions are cut otherwise; AUPRO weighs them otherwise',
  labelRegime: 'the detector is told the class, or guesses it, or knows none',
  intervals: 'the intervals were drawn otherwise; the values are the same',
  alpha: 'other alarm limits; decisions differ, metrics do not',
  testPicturesSeenBefore: 'test images that were trained on or calibrated with flatter the model',
  splitHash: 'other test images, or changed ones',
  weightsHash: 'other weights: trained otherwise, or another backbone file',
  seed: 'another random draw; a difference may be chance',
  backend: 'another device; rounding differs in the last digits',
  version: 'another version of this software',
};

/**
 * `mint diff-protocol a b`: what differs in how two evaluations were made. Takes `metrics.json` files or run folders.
 * Returns 0 when nothing differs, else 1.
 */
export async function runDiffProtocol(
  first: string,
  second: string,
  { print }: CommandContext,
): Promise<number> {
  const [a, b] = await Promise.all([readProtocol(first), readProtocol(second)]);
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const differing = keys
    .filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => ({ key, first: a[key], second: b[key], why: WHY[key] ?? 'not a key this version knows' }));
  const lines = differing.flatMap(({ key, first, second, why }) => [
    `${key}: ${shown(first)} | ${shown(second)}`,
    `    ${why}`,
  ]);
  print(differing.length === 0 ? 'same protocol: the numbers can be compared' : lines.join('\n'), {
    comparable: differing.length === 0,
    differing,
  });
  return differing.length === 0 ? 0 : 1;
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'not stated';

/** The manifest. */
async function readProtocol(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = path.endsWith('.json') ? path : join(path, 'metrics.json');
  const text = new TextDecoder().decode(await readFileOf('metrics', file));
  const protocol = protocolIn(text);
  if (protocol === undefined) {
    throw new MintError(
      'CORRUPT_FILE',
      `${file}: holds no \`protocol\`; expected the metrics.json of \`mint train\` or \`mint evaluate\`.`,
    );
  }
  return protocol;
}

function protocolIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return isRecord(content) && isRecord(content.protocol) ? content.protocol : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

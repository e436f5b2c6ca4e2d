import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import type { CommandContext } from '../../shell/context.js';

/** What a difference in each key means for a comparison of the numbers. */
const WHY: Readonly<Record<string, string>> = {
  protocol: 'other conventions; the lines below list what they change',
  differsFromOriginal: 'the presets differ in other ways from the code they are named after',
  dataset: 'other images',
  classes: 'other product classes; the pooled numbers and the class mean depend on them',
  model: 'another method',
  resize: 'the images are resized in another way, which changes features and small defects',
  evaluationSize: 'masks and maps have another size; pixel metrics weight defects differently',
  mapUpsampling: 'maps are enlarged in another way; pixel metrics change',
  mapSmoothing: 'smoothing changes pixel metrics, and image scores that depend on few pixels',
  maskRule: 'other pixels count as anomalous',
  scoreReduction: 'the image score is another function of the map',
  auProFprLimit: 'AUPRO integrates over another range; its values can change from 0.9 to 0.05',
  auProConnectivity: 'other pixels form a region; AUPRO weights regions differently',
  labelRegime: 'the detector is given the class, recognises it, or does not know classes',
  intervals: 'the intervals were drawn in another way; the values are the same',
  alpha: 'other alarm limits; decisions differ, metrics do not',
  testPicturesSeenBefore:
    'test images that were used for training or calibration make the model look better than it is',
  splitHash: 'other test images, or changed images',
  weightsHash: 'other weights: another training, or another backbone file',
  backbone: 'another backbone; features and all scores differ',
  backboneRevision: 'another revision of the published weights',
  backboneSha256: 'another file of the backbone',
  seed: 'another random draw; a difference may be chance',
  backend: 'another device; the last digits are rounded differently',
  version: 'another version of this software',
};

/**
 * `mint diff-protocol a b`: lists the differences in how two evaluations were made. Takes `metrics.json` files or run folders.
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
    .map((key) => ({
      key,
      first: a[key],
      second: b[key],
      why: WHY[key] ?? 'this version does not know the key',
    }));
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

/** The protocol in a `metrics.json`, or in that of a run folder. */
async function readProtocol(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = path.endsWith('.json') ? path : join(path, 'metrics.json');
  const text = new TextDecoder().decode(await readFileOf('metrics', file));
  const protocol = protocolIn(text);
  if (protocol === undefined) {
    throw new MintError(
      'CORRUPT_FILE',
      `${file}: there is no \`protocol\`; expected the metrics.json of \`mint train\` or \`mint evaluate\`.`,
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

import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

/** Adds `mint diff-protocol`. */
export function addDiffProtocol(program: Command, { onExit }: CommandContext): void {
  program
    .command('diff-protocol')
    .description('Say why the numbers of two evaluations may differ. Exit code 1 when anything does.')
    .argument('<first>', 'metrics.json or run folder')
    .argument('<second>', 'metrics.json or run folder')
    .addHelpText('after', '\nExample:\n  mint diff-protocol runs/a runs/b')
    .action(async (first: string, second: string) => onExit(await runDiffProtocol(first, second)));
}

/** Why numbers made under different values of a key may not be compared. */
const WHY: Readonly<Record<string, string>> = {
  protocol: 'other conventions; what they change is named line by line',
  differsFromOriginal: 'the presets stray from the code they are named after in other ways',
  dataset: 'other pictures',
  classes: 'other product classes; the pooled numbers and the class mean depend on which there are',
  model: 'another method',
  resize: 'the pictures are resized otherwise, which moves features and small defects',
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
  testPicturesSeenBefore: 'test pictures that were trained on or calibrated with flatter the model',
  splitHash: 'other test pictures, or changed ones',
  weightsHash: 'other weights: trained otherwise, or another backbone file',
  seed: 'another random draw; a difference may be chance',
  backend: 'another device; rounding differs in the last digits',
  version: 'another version of this software',
};

/**
 * `mint diff-protocol a b`: what differs in how two evaluations were made. Takes `metrics.json` files or run folders.
 * Returns 0 when nothing differs, else 1.
 */
export async function runDiffProtocol(first: string, second: string): Promise<number> {
  const [a, b] = await Promise.all([readProtocol(first), readProtocol(second)]);
  const differing = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]);
  if (differing.length === 0) {
    process.stdout.write('same protocol: the numbers can be compared\n');
    return 0;
  }
  for (const key of differing) {
    process.stdout.write(`${key}: ${a[key] ?? 'not stated'} | ${b[key] ?? 'not stated'}\n`);
    process.stdout.write(`    ${WHY[key] ?? 'not a key this version knows'}\n`);
  }
  return 1;
}

/** The manifest, every value as JSON text. */
async function readProtocol(path: string): Promise<Readonly<Record<string, string>>> {
  const file = path.endsWith('.json') ? path : join(path, 'metrics.json');
  const text = new TextDecoder().decode(await readFileOf('metrics', file));
  const protocol = protocolIn(text);
  if (protocol === undefined) {
    throw new MintError(
      'CORRUPT_FILE',
      `${file}: holds no \`protocol\`; expected the metrics.json of \`mint train\` or \`mint evaluate\`.`,
    );
  }
  return Object.fromEntries(Object.entries(protocol).map(([key, value]) => [key, JSON.stringify(value)]));
}

function protocolIn(text: string): object | undefined {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== 'object' || content === null || !('protocol' in content)) return undefined;
    return typeof content.protocol === 'object' && content.protocol !== null ? content.protocol : undefined;
  } catch {
    return undefined;
  }
}

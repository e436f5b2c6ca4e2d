import { stat } from 'node:fs/promises';
import { MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import { mapLimited } from '../concurrency.js';
import { groups } from '../groups.js';
import { few } from '../names.js';
import { readImageFile } from '../sources/read.js';
import type { Dataset, Sample } from '../types.js';
import { loadBtad } from './btad.js';
import { loadMvtec } from './mvtec.js';
import { loadVisa } from './visa.js';

/**
 * Joins data sets into one, for one model of all their classes. Class names and ids get the part's name and a dash as a prefix:
 * `visa-candle`.
 *
 * An image whose file occurs twice, byte for byte, is used once: the copy in the test set if there is one, so that no image is
 * both trained on and tested, otherwise the first copy. Rendered images (`render`) are not compared.
 *
 * @param parts - Data sets by prefix: `{ mvtec: …, visa: … }`.
 * @throws MintError `INVALID_ARGUMENT` without parts, `NOT_FOUND` when an image cannot be read.
 *
 * @example
 * ```ts
 * import { proceduralDataset, unionDatasets } from '@mint/data';
 *
 * const day = proceduralDataset({ seed: 0, trainPerClass: 1 });
 * const night = proceduralDataset({ seed: 1, trainPerClass: 1 });
 * const { classes, samples } = await unionDatasets({ day, night });
 * console.log(classes[0], classes.length, samples[0]?.id); // day-capsule 8 day-capsule/train/good/000
 * ```
 */
export async function unionDatasets(parts: Readonly<Record<string, Dataset>>): Promise<Dataset> {
  const named = Object.entries(parts);
  if (named.length === 0) throw new MintError('INVALID_ARGUMENT', 'unionDatasets: `parts` is empty.');
  const classes = named.flatMap(([part, dataset]) => dataset.classes.map((name) => `${part}-${name}`));
  const index = new Map(classes.map((name, i) => [name, i]));
  const all = named.flatMap(([part, { samples }]) =>
    samples.map((sample): Sample => {
      const className = `${part}-${sample.className}`;
      return { ...sample, id: `${part}-${sample.id}`, className, classIndex: index.get(className) ?? 0 };
    }),
  );
  const { samples, warnings } = await withoutCopies(all);
  const joined = (pick: (dataset: Dataset) => string | undefined) =>
    named.map(([part, dataset]) => `${part}: ${pick(dataset) ?? 'not stated'}`).join('; ');
  return {
    name: `union of ${named.map(([, { name }]) => name).join(', ')}`,
    classes,
    samples,
    licence: joined(({ licence }) => licence),
    citation: joined(({ citation }) => citation),
    source: joined(({ source }) => source),
    official: Object.fromEntries(
      named.flatMap(([part, { official = {} }]) =>
        Object.entries(official).map(([name, counts]) => [`${part}-${name}`, counts]),
      ),
    ),
    warnings: [
      ...named.flatMap(([part, dataset]) => dataset.warnings.map((warning) => `${part}: ${warning}`)),
      ...warnings,
    ],
  };
}

/**
 * The union of MVTec AD, VisA and BTAD: 30 classes, 14,087 normal training images, 4,628 test images, 2,748 of them
 * anomalous, when all three are complete and no file occurs twice.
 *
 * @param folders - Folder of each data set.
 * @throws MintError as the three loaders and {@link unionDatasets}.
 * @see OneNIP's 30-class union.
 *
 * @example
 * ```ts no-run
 * import { loadMvtecVisaBtad } from '@mint/data';
 *
 * const { classes } = await loadMvtecVisaBtad({ mvtec: 'mvtec', visa: 'visa', btad: 'btad' });
 * console.log(classes.length); // 30
 * ```
 */
export async function loadMvtecVisaBtad(folders: {
  readonly mvtec: string;
  readonly visa: string;
  readonly btad: string;
}): Promise<Dataset> {
  const [mvtec, visa, btad] = await Promise.all([
    loadMvtec(folders.mvtec),
    loadVisa(folders.visa),
    loadBtad(folders.btad),
  ]);
  return unionDatasets({ mvtec, visa, btad });
}

async function withoutCopies(samples: readonly Sample[]): Promise<{ samples: Sample[]; warnings: string[] }> {
  const copies = await findCopies(samples);
  const dropped = new Set<Sample>();
  let leaks = 0;
  const torn: string[] = [];
  for (const group of copies) {
    const kept = group.find(({ split }) => split === 'test') ?? group[0];
    if (group.some(({ split }) => split === 'test') && group.some(({ split }) => split !== 'test'))
      leaks += 1;
    if (group.some(({ label }) => label !== kept?.label)) torn.push(group.map(({ id }) => id).join(' = '));
    for (const sample of group) if (sample !== kept) dropped.add(sample);
  }
  const warnings = [];
  if (dropped.size > 0)
    warnings.push(
      `${dropped.size} images are copies of other images and are left out: ${few(samples.filter((sample) => dropped.has(sample)).map(({ id }) => id))}.`,
    );
  if (leaks > 0) warnings.push(`${leaks} images were in training and test; they stay in the test only.`);
  if (torn.length > 0) warnings.push(`equal images with different labels: ${few(torn)}.`);
  return { samples: samples.filter((sample) => !dropped.has(sample)), warnings };
}

/** Groups of samples with equal files. Only files of equal size are read. */
async function findCopies(samples: readonly Sample[]): Promise<Sample[][]> {
  // Remote images are not compared: that would read them all.
  const files = samples.filter(({ imagePath, source }) => imagePath !== undefined && source === undefined);
  const sizes = await mapLimited(files, 16, async ({ imagePath = '', byteRange }) =>
    byteRange === undefined
      ? stat(imagePath).then(
          ({ size }) => size,
          (error: unknown) => {
            throw new MintError('NOT_FOUND', `${imagePath}: cannot read the image.`, { cause: error });
          },
        )
      : byteRange[1] - byteRange[0],
  );
  const bySize = groups(files, (_, i) => String(sizes[i]));
  const alike = bySize.filter((group) => group.length > 1).flat();
  const hashes = await mapLimited(alike, 8, async (sample) =>
    sha256(await readImageFile(sample, sample.imagePath ?? '')),
  );
  return groups(alike, (_, i) => hashes[i] ?? '').filter((group) => group.length > 1);
}

import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { decodeMask } from '@mint/data';
import {
  type DetectorConfig,
  interestFromMask,
  preprocessingOf,
  type RegionOfInterest,
} from '@mint/detector';
import { MintError } from '@mint/internal';
import { readFileOf } from '@mint/internal/node';
import { z } from 'zod';
import { safeName } from '../output/file-names.js';

const MAX_BYTES = 100_000_000;
const share = z.number().gte(0).lte(1);
const polygons = z.array(z.array(z.tuple([share, share])).min(3)).min(1);

/**
 * The regions of interest in a folder, by class: `<class>.png`, an image that is not black where images are looked at, or
 * `<class>.json`, a list of polygons `[[x, y], …]` in shares of the network's input, 0 to 1.
 *
 * @throws MintError `INVALID_ARGUMENT` for a folder without one, a file of no class, two of one class, or polygons that are none.
 */
export async function readInterest(
  folder: string,
  config: DetectorConfig,
): Promise<Record<string, RegionOfInterest>> {
  const names = await readdir(folder).catch((error) => {
    throw new MintError('NOT_FOUND', `--roi ${folder}: cannot be read.`, { cause: error });
  });
  const files = names.filter((name) => /\.(png|json)$/i.test(name) && !name.startsWith('.')).sort();
  const found = new Map<string, RegionOfInterest>();
  for (const file of files) {
    const path = join(folder, file);
    const stem = file.slice(0, -extname(file).length);
    const name = config.classes.find((one) => one === stem || safeName(one) === stem);
    if (name === undefined || found.has(name)) {
      const problem =
        name === undefined
          ? `the model has no class '${stem}'; it has ${config.classes.join(', ')}`
          : `class '${name}' has two files`;
      throw new MintError('INVALID_ARGUMENT', `${path}: ${problem}.`);
    }
    found.set(name, await (/\.json$/i.test(file) ? readPolygons(path) : readMask(path, config)));
  }
  if (found.size > 0) return Object.fromEntries(found);
  throw new MintError(
    'INVALID_ARGUMENT',
    `--roi ${folder}: holds no region of interest; expected <class>.png or <class>.json.`,
  );
}

async function readMask(path: string, config: DetectorConfig): Promise<RegionOfInterest> {
  const mask = await decodeMask(await readFileOf('mask', path, MAX_BYTES), path);
  return interestFromMask(mask, preprocessingOf(config), path);
}

async function readPolygons(path: string): Promise<RegionOfInterest> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new MintError('INVALID_ARGUMENT', `${path}: is not JSON.`, { cause: error });
  }
  const parsed = polygons.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${path}: expected a list of polygons, each a list of at least three [x, y] from 0 to 1; ${z.prettifyError(parsed.error)}`,
  );
}

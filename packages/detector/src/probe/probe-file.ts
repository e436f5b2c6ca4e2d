import { join } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { errorCode, readFileOf, writeFileAtomic } from '@mint/internal/node';
import { decodeDescription, MAX_DESCRIPTION_BYTES } from '../model-folder/description.js';
import { Field } from '../model-folder/field.js';
import { type Probe, probeImage, type Scorer, scoreProbe } from './probe.js';

const MAX_BYTES = 1_000_000;
const MAX_SIDE = 256;

/** Reads `probe.json`. Undefined when there is none, or one of other weights. */
export async function readProbeFile(folder: string): Promise<Probe | undefined> {
  const path = join(folder, 'probe.json');
  let bytes: Uint8Array;
  try {
    bytes = await readFileOf('probe image', path, MAX_BYTES, { follow: false });
  } catch (error) {
    if (error instanceof Error && errorCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
  const { weights, ...probe } = parse(path, new TextDecoder().decode(bytes));
  return weights === (await weightsOf(folder)) ? probe : undefined;
}

/**
 * Scores the probe image and writes `probe.json`, after the model that it belongs to. A model that gives no finite score gets no
 * probe.
 */
export async function writeProbeFile(folder: string, detector: Scorer): Promise<void> {
  const { width, height, data } = probeImage();
  const score = await scoreProbe(detector, { width, height, data });
  if (!Number.isFinite(score)) return;
  const content = {
    format: 'mint-probe',
    version: 1,
    weights: await weightsOf(folder),
    score,
    width,
    height,
    pixels: Buffer.from(data).toString('base64'),
  };
  await writeFileAtomic(join(folder, 'probe.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/** SHA-256 of the weights of a model folder. */
async function weightsOf(folder: string): Promise<string> {
  const path = join(folder, 'model.json');
  const bytes = await readFileOf('model description', path, MAX_DESCRIPTION_BYTES, { follow: false });
  return decodeDescription(path, new TextDecoder().decode(bytes)).sha256;
}

function parse(path: string, json: string): Probe & { readonly weights: string } {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${path}: not JSON: ${oneLine(error)}.`, { cause: error });
  }
  const root = new Field(path, 'probe', content);
  root.get('format').oneOf('mint-probe');
  root.get('version').int(1, 1);
  const [width, height] = [root.get('width').int(1, MAX_SIDE), root.get('height').int(1, MAX_SIDE)];
  const pixels = root.get('pixels');
  const data = new Uint8Array(Buffer.from(pixels.text(), 'base64'));
  if (data.length !== width * height * 3) pixels.fail(`${width * height * 3} bytes in base64`);
  return {
    weights: root.get('weights').text(),
    score: root.get('score').number(),
    image: { width, height, data },
  };
}

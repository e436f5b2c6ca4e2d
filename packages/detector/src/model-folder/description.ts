import { MintError, oneLine } from '@mint/internal';
import type { DetectorConfig } from '../config.js';
import { modelKind } from '../kinds/kinds.js';
import type { Calibration } from '../limits/calibration.js';
import type { ImageSets } from '../limits/image-sets.js';
import type { Provenance } from '../state.js';
import { Field } from './field.js';
import { parseCalibration } from './parse-calibration.js';
import { parseConfig } from './parse-config.js';
import { OLD_WEIGHTS_FILE, weightsFile } from './weights-file.js';

/** The format that this version writes. Readers refuse a higher one. */
export const FORMAT_VERSION = 1;

/** Largest `model.json` that is read: many times what a million held-out images take. */
export const MAX_DESCRIPTION_BYTES = 2 ** 26;

/** The content of a `model.json`. */
export interface ModelJson {
  readonly config: DetectorConfig;
  /** How many of the classes, the last ones, were added after training. */
  readonly addedClasses: number;
  readonly calibration?: Calibration | undefined;
  readonly provenance?: Provenance | undefined;
  readonly images?: ImageSets | undefined;
  /** Whether the weights of the backbone are stored as float16. */
  readonly half: boolean;
  /** Name of the weights' file, in the same folder. */
  readonly file: string;
  /** Of the weights, in 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads the text of a `model.json`.
 *
 * @param file - How messages refer to it.
 * @throws MintError `CORRUPT_FILE` or `UNSUPPORTED_VERSION`, naming the file and the field.
 */
export function decodeDescription(file: string, json: string): ModelJson {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${file}: not JSON: ${oneLine(error)}.`, { cause: error });
  }
  return parseModelJson(content, file);
}

/** Checks the parsed content of a `model.json`; every field is looked at, none is trusted. */
export function parseModelJson(content: unknown, file: string): ModelJson {
  const root = new Field(file, 'model', content);
  root.get('format').oneOf('mint-model');
  const found = root.get('version').int(1, Number.MAX_SAFE_INTEGER);
  if (found > FORMAT_VERSION) {
    throw new MintError(
      'UNSUPPORTED_VERSION',
      `${file}: format version ${found} is newer than this version of @mint/detector reads (${FORMAT_VERSION}); update it (npm i @mint/detector@latest).`,
    );
  }
  const config = parseConfig(root.get('config'));
  const weights = root.get('weights');
  const sha256 = parseSha256(weights.get('sha256'));
  const model: ModelJson = {
    config,
    addedClasses: root.get('addedClasses').optional((field) => parseAddedClasses(field, config)) ?? 0,
    calibration: root.get('calibration').optional((field) => parseCalibration(field, config.classes)),
    provenance: root.get('provenance').optional(parseProvenance),
    images: root.get('pictures').optional(parseImages),
    half: weights.get('backbone').optional((field) => field.oneOf('f16')) !== undefined,
    file: weights.get('file').oneOf(weightsFile(sha256), OLD_WEIGHTS_FILE),
    sha256,
  };
  root.refuseOthers();
  return model;
}

function parseAddedClasses(field: Field, config: DetectorConfig): number {
  const reason = modelKind(config).whyClosed(config);
  return reason === undefined ? field.int(1, config.classes.length - 1) : field.fail(`absent: ${reason}`);
}

function parseSha256(field: Field): string {
  const text = field.text();
  return /^[0-9a-f]{64}$/.test(text) ? text : field.fail('a SHA-256 in 64 hexadecimal digits');
}

const parseProvenance = (field: Field): Provenance =>
  field.record((item) => (typeof item.value === 'number' ? item.number() : item.text()));

const parseImages = (field: Field): ImageSets => ({
  fit: parseHashes(field.get('fit')),
  heldOut: parseHashes(field.get('heldOut')),
  test: parseHashes(field.get('test')),
});

function parseHashes(field: Field): string[] {
  const text = field.text();
  if (text === '') return [];
  const hashes = text.split(' ');
  return hashes.every((hash) => /^[0-9a-f]{16}$/.test(hash))
    ? hashes
    : field.fail('16-digit hexadecimal hashes, separated by single spaces');
}

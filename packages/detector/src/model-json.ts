import { type BackboneConfig, efficientNetBlocks } from '@mint/backbone';
import { MintError, printable, shown } from '@mint/internal';
import type { DetectorConfig } from './config.js';
import type { ImageSets } from './image-sets.js';
import type { NormalScores, Threshold } from './thresholds.js';

/** What held-out normal images of the training set say; no test image is involved. */
export interface Calibration extends NormalScores {
  /** False-alarm rate the thresholds promise. */
  readonly alpha: number;
  /** Limits by class; none for a class with too few held-out images for `alpha`. */
  readonly thresholds: Readonly<Record<string, Threshold>>;
  /** Ends of the heat maps' colour scale in map units, by class: the same for every image of the class. */
  readonly heatScales: Readonly<Record<string, readonly [number, number]>>;
  /** The same over all classes, for images whose class is not known. */
  readonly heatScale: readonly [number, number];
  /** Changes since training, the oldest first. */
  readonly history?: readonly CalibrationChange[];
}

/** One change of the limits. */
export interface CalibrationChange {
  /** ISO 8601. */
  readonly date: string;
  /** False-alarm rate before. */
  readonly alphaBefore: number;
  /** False-alarm rate from then on. */
  readonly alpha: number;
  /** Good images that fix the limits from then on, over all classes. */
  readonly pictures: number;
  /** Those that this change brought, as in {@link ImageSets}. */
  readonly added: readonly string[];
}

/** Where a model comes from. Free text values, shown to people, never interpreted. */
export type Provenance = Readonly<Record<string, string | number>>;

/** The content of a `model.json`. */
export interface ModelJson {
  readonly config: DetectorConfig;
  /** How many of the classes, the last ones, were added after training. */
  readonly addedClasses: number;
  readonly calibration?: Calibration;
  readonly provenance?: Provenance;
  readonly images?: ImageSets;
  readonly sha256: string;
}

/** Of a `model.json`: many times what a million held-out images take. */
export const MAX_DESCRIPTION_BYTES = 2 ** 26;

/** Larger than any real use; keeps a crafted file from asking for absurd amounts of memory. */
const LIMITS = { classes: 10_000, className: 1000, side: 4096, grid: 256, width: 8192, layers: 64 };

/** A small reader of unknown JSON that names the path of whatever is wrong, and knows what it was never asked for. */
class Field {
  readonly #file: string;
  readonly #path: string;
  readonly #children = new Map<string, Field>();
  readonly value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.value = value;
  }

  fail(expected: string): never {
    const where = `${this.#file}: '${printable(this.#path, 200)}'`;
    throw new MintError('CORRUPT_FILE', `${where} must be ${expected}, got ${shown(this.value)}.`);
  }

  /**
   * Refuses the first field that nobody asked for: a later version may mean something by it, and a model read without it
   * would give other scores.
   */
  refuseOthers(): void {
    if (this.#children.size === 0) return;
    for (const key of Object.keys(this.#object())) {
      if (this.#children.has(key)) continue;
      throw new MintError(
        'UNSUPPORTED_VERSION',
        `${this.#file}: '${printable(`${this.#path}.${key}`, 200)}' is not known to this version of @mint/detector. ` +
          'If a newer one wrote the file, update (npm i @mint/detector@latest); if it was edited, take the field out.',
      );
    }
    for (const child of this.#children.values()) child.refuseOthers();
  }

  #object(): Record<string, unknown> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object');
    return value as Record<string, unknown>;
  }

  entries(): [string, Field][] {
    return Object.keys(this.#object()).map((key) => [key, this.get(key)]);
  }

  record<T>(read: (field: Field) => T): Record<string, T> {
    return Object.fromEntries(this.entries().map(([key, item]) => [key, read(item)]));
  }

  get(key: string): Field {
    const object = this.#object();
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    const child = new Field(this.#file, `${this.#path}.${key}`, value);
    this.#children.set(key, child);
    return child;
  }

  list(maxLength: number): Field[] {
    if (!Array.isArray(this.value)) return this.fail('a list');
    if (this.value.length > maxLength) return this.fail(`a list of at most ${maxLength} items`);
    return this.value.map((item, i) => new Field(this.#file, `${this.#path}[${i}]`, item));
  }

  /** A list of finite numbers, which may be long. */
  numbers(maxLength: number): number[] {
    if (!Array.isArray(this.value) || this.value.length > maxLength)
      return this.fail(`a list of at most ${maxLength} numbers`);
    return this.value.map((item) =>
      Number.isFinite(item) ? Number(item) : this.fail('finite numbers only'),
    );
  }

  pair<T>(read: (field: Field) => T): readonly [T, T] {
    const [a, b, ...rest] = this.list(2);
    return a !== undefined && b !== undefined && rest.length === 0 ? [read(a), read(b)] : this.fail('a pair');
  }

  number(): number {
    return typeof this.value === 'number' && Number.isFinite(this.value)
      ? this.value
      : this.fail('a finite number');
  }

  int(min: number, max: number): number {
    const value = this.number();
    return Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.fail(`an integer from ${min} to ${max}`);
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('text');
  }

  flag(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }

  oneOf<T extends string>(...allowed: readonly T[]): T {
    return allowed.find((option) => option === this.value) ?? this.fail(`one of ${allowed.join(', ')}`);
  }
}

/** Checks the parsed content of a `model.json`; every field is looked at, none is trusted. */
export function parseModelJson(content: unknown, file: string, version: number): ModelJson {
  const root = new Field(file, 'model', content);
  root.get('format').oneOf('mint-model');
  const found = root.get('version').int(1, Number.MAX_SAFE_INTEGER);
  if (found > version) {
    throw new MintError(
      'UNSUPPORTED_VERSION',
      `${file}: format version ${found} is newer than this version of @mint/detector reads (${version}); update it (npm i @mint/detector@latest).`,
    );
  }
  const calibration = root.get('calibration');
  const provenance = root.get('provenance');
  const images = root.get('pictures');
  const config = parseConfig(root.get('config'));
  root.get('weights').get('file').oneOf('model.safetensors');
  const model: ModelJson = {
    config,
    addedClasses: parseAddedClasses(root.get('addedClasses'), config),
    ...(calibration.value === undefined
      ? {}
      : { calibration: parseCalibration(calibration, config.classes) }),
    ...(provenance.value === undefined ? {} : { provenance: parseProvenance(provenance) }),
    ...(images.value === undefined ? {} : { images: parseImages(images) }),
    sha256: parseSha256(root.get('weights').get('sha256')),
  };
  root.refuseOthers();
  return model;
}

/** Absent where none were. */
function parseAddedClasses(field: Field, { model, queries, classes }: DetectorConfig): number {
  if (field.value === undefined) return 0;
  if (model === 'uniad' || queries.mode === 'feature')
    return field.fail('absent: the model has no class embeddings');
  return field.int(1, classes.length - 1);
}

function parseSha256(field: Field): string {
  const text = field.text();
  return /^[0-9a-f]{64}$/.test(text) ? text : field.fail('a SHA-256 in 64 hexadecimal digits');
}

function parseConfig(config: Field): DetectorConfig {
  const input = config.get('input');
  const network = config.get('network');
  const queries = config.get('queries');
  const generator = queries.get('generator');
  const width = (field: Field) => field.int(1, LIMITS.width);
  const layers = (field: Field) => field.int(1, LIMITS.layers);
  const side = (field: Field) => field.int(1, LIMITS.grid);
  const rgb = (field: Field): readonly [number, number, number] => {
    const [r, g, b] = field.list(3).map((item) => item.number());
    return r !== undefined && g !== undefined && b !== undefined ? [r, g, b] : field.fail('three numbers');
  };
  const deviations = (field: Field) => {
    const std = rgb(field);
    return std.every((value) => value > 0) ? std : field.fail('three numbers above 0');
  };
  const model = config.get('model').oneOf('mint-ad', 'uniad');
  return {
    model,
    classes: parseClasses(config.get('classes')),
    input: {
      width: input.get('width').int(1, LIMITS.side),
      height: input.get('height').int(1, LIMITS.side),
      filter: input.get('filter').oneOf('bilinear', 'bicubic', 'lanczos'),
      mean: rgb(input.get('mean')),
      std: deviations(input.get('std')),
      ...parseCrop(input),
      ...parseTiles(input),
      ...parseDraft(input),
    },
    backbone: parseBackbone(config.get('backbone')),
    grid: config.get('grid').pair(side),
    featureScaling: config.get('featureScaling').oneOf('none', 'standardise'),
    network: {
      hidden: width(network.get('hidden')),
      heads: width(network.get('heads')),
      feedForward: width(network.get('feedForward')),
      encoderLayers: layers(network.get('encoderLayers')),
      decoderLayers: layers(network.get('decoderLayers')),
      window: network.get('window').pair(side),
    },
    queries: {
      mode: queries.get('mode').oneOf('soft', 'label', 'hard', 'feature'),
      ...(generator.value === undefined ? {} : { generator: generator.oneOf('siren', 'fourier', 'table') }),
      embedding: width(queries.get('embedding')),
      trunkWidth: width(queries.get('trunkWidth')),
      trunkLayers: layers(queries.get('trunkLayers')),
      omega0: queries.get('omega0').number(),
      classifierWidth: width(queries.get('classifierWidth')),
      residual: queries.get('residual').flag(),
    },
    map:
      model === 'uniad'
        ? config.get('map').oneOf('distance', 'whitened')
        : config.get('map').oneOf('distance', 'whitened', 'whitened-by-class'),
    score: config.get('score').oneOf('max', 'mean', 'std'),
    seed: config.get('seed').int(0, Number.MAX_SAFE_INTEGER),
  };
}

function parseClasses(field: Field): string[] {
  const names = field.list(LIMITS.classes).map((item) => {
    const name = item.text();
    return name === printable(name, LIMITS.className) ? name : item.fail('a short text on one line');
  });
  if (names.length === 0 || new Set(names).size !== names.length)
    return field.fail('class names, no two alike');
  return names;
}

/** Absent in models from before there were crops: then nothing is padded or cropped. */
function parseCrop(input: Field): Pick<DetectorConfig['input'], 'padToSquare' | 'resize'> {
  const [pad, resize] = [input.get('padToSquare'), input.get('resize')];
  const side = (field: Field) => field.int(1, LIMITS.side);
  const size = () =>
    typeof resize.value === 'number'
      ? side(resize)
      : { width: side(resize.get('width')), height: side(resize.get('height')) };
  return {
    ...(pad.value === undefined ? {} : { padToSquare: pad.flag() }),
    ...(resize.value === undefined ? {} : { resize: size() }),
  };
}

/** Absent where every image is resized whole. */
function parseTiles(input: Field): Pick<DetectorConfig['input'], 'tiles'> {
  const tiles = input.get('tiles');
  if (tiles.value === undefined) return {};
  if (input.get('resize').value !== undefined || input.get('padToSquare').value === true)
    return tiles.fail('absent beside `resize` or `padToSquare`');
  return { tiles: tiles.oneOf('auto') };
}

/** Absent in models from before there were drafts: every image is decoded in full. */
function parseDraft(input: Field): Pick<DetectorConfig['input'], 'jpegDraft'> {
  const draft = input.get('jpegDraft');
  if (draft.value === undefined) return {};
  if (draft.value === true && input.get('tiles').value !== undefined)
    return draft.fail('absent beside `tiles`');
  return { jpegDraft: draft.flag() };
}

function parseBackbone(field: Field): BackboneConfig {
  const kind = field.get('kind').oneOf('efficientnet', 'scattering');
  if (kind === 'scattering') {
    const optional = (key: string, max: number) => {
      const item = field.get(key);
      return item.value === undefined ? {} : { [key]: item.int(1, max) };
    };
    return { kind, ...optional('orientations', 64), ...optional('scales', 4) };
  }
  const variant = field.get('variant').oneOf('b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7');
  const last = efficientNetBlocks(variant).length - 1;
  return {
    kind,
    variant,
    blocks: field
      .get('blocks')
      .list(last + 1)
      .map((item) => item.int(0, last)),
    padding: field.get('padding').oneOf('same', 'static'),
  };
}

function parseCalibration(field: Field, classes: readonly string[]): Calibration {
  const alphaOf = (item: Field) => {
    const alpha = item.number();
    return alpha > 0 && alpha < 1 ? alpha : item.fail('between 0 and 1');
  };
  const known = new Set(classes);
  const byClass = <T>(item: Field, read: (value: Field) => T) => {
    const [, stray] = item.entries().find(([name]) => !known.has(name)) ?? [];
    stray?.fail(`under the name of a class of the model (${printable(classes.join(', '), 200)})`);
    return item.record(read);
  };
  const scores = (item: Field) => item.numbers(1e6);
  const scale = (item: Field) => item.pair((end) => end.number());
  const threshold = (item: Field): Threshold => {
    const ood = item.get('strangeness');
    return {
      image: item.get('image').number(),
      pixel: item.get('pixel').number(),
      ...(ood.value === undefined ? {} : { ood: ood.number() }),
    };
  };
  const change = (item: Field): CalibrationChange => ({
    date: item.get('date').text(),
    alphaBefore: alphaOf(item.get('alphaBefore')),
    alpha: alphaOf(item.get('alpha')),
    pictures: item.get('pictures').int(0, 1e9),
    added: item
      .get('added')
      .list(1e6)
      .map((hash) => hash.text()),
  });
  const history = field.get('history');
  const normalOodScores = field.get('normalStrangeness');
  const normalBrightness = field.get('normalBrightness');
  return {
    alpha: alphaOf(field.get('alpha')),
    thresholds: byClass(field.get('thresholds'), threshold),
    heatScales: byClass(field.get('heatScales'), scale),
    heatScale: scale(field.get('heatScale')),
    ...(history.value === undefined ? {} : { history: history.list(1e5).map(change) }),
    normalScores: byClass(field.get('normalScores'), scores),
    normalMaxima: byClass(field.get('normalMaxima'), scores),
    ...(normalOodScores.value === undefined ? {} : { normalOodScores: byClass(normalOodScores, scores) }),
    ...(normalBrightness.value === undefined ? {} : { normalBrightness: byClass(normalBrightness, scores) }),
  };
}

/** Short hashes as one line of text, which takes a third of a list's room. */
export function writeImages({ fit, heldOut, test }: ImageSets): Record<keyof ImageSets, string> {
  return { fit: fit.join(' '), heldOut: heldOut.join(' '), test: test.join(' ') };
}

function parseImages(field: Field): ImageSets {
  return {
    fit: parseHashes(field.get('fit')),
    heldOut: parseHashes(field.get('heldOut')),
    test: parseHashes(field.get('test')),
  };
}

function parseHashes(field: Field): string[] {
  const text = field.text();
  if (text === '') return [];
  const hashes = text.split(' ');
  return hashes.every((hash) => /^[0-9a-f]{16}$/.test(hash))
    ? hashes
    : field.fail('16-digit hexadecimal hashes, separated by single spaces');
}

function parseProvenance(field: Field): Provenance {
  return field.record((item) => (typeof item.value === 'number' ? item.number() : item.text()));
}

/** A {@link Calibration} under the keys of `model.json`. */
export interface CalibrationJson extends Omit<Calibration, 'thresholds' | 'normalOodScores'> {
  /** Limits by class. */
  readonly thresholds: Readonly<Record<string, ThresholdJson>>;
  /** {@link NormalScores.normalOodScores}. */
  readonly normalStrangeness?: NormalScores['normalOodScores'];
}

/** A {@link Threshold} under the keys of `model.json`. */
export interface ThresholdJson extends Omit<Threshold, 'ood'> {
  /** {@link Threshold.ood}. */
  readonly strangeness?: number | undefined;
}

/** The calibration as `model.json` and `--json` of the command line write it: version 1 says `strangeness` for `ood`. */
export function calibrationToJson(calibration: Calibration): CalibrationJson {
  const { alpha, thresholds, normalOodScores, ...rest } = calibration;
  return {
    alpha,
    thresholds: Object.fromEntries(
      Object.entries(thresholds).map(([name, { ood, ...limits }]) => [name, { ...limits, strangeness: ood }]),
    ),
    ...rest,
    ...(normalOodScores && { normalStrangeness: normalOodScores }),
  };
}

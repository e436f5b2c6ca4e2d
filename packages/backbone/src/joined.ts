import { leastCommonMultiple, MintError, type TypedTensor } from '@mint/internal';
import { type Params, prefixed, type WeightSpecs } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { BackboneDefinition, BackboneTraits, JsonField, Normalisation } from './definition.js';

/** The settings, whatever the settings of a part are. */
interface Joined<Part> {
  readonly parts: readonly Part[];
}

/** Beyond this a settings file is not to be believed. */
const MOST_PARTS = 8;

/** What the registry knows about each part. */
interface PartFunctions<Part> {
  info(part: Part): BackboneTraits;
  specs(part: Part): WeightSpecs;
  features(params: Params, part: Part, images: tf.Tensor4D): tf.Tensor4D[];
  parse(field: JsonField): Part;
}

/** The start of the names of a part's weights. */
const prefixOf = (part: number): string => `${part}/`;

/**
 * Weights of a joined backbone from those of its parts.
 *
 * @param parts - Weights of each part, in the order of `parts` of its settings; empty for a part without weights.
 *
 * @example
 * ```ts
 * import { type BackboneConfig, backboneInfo, joinWeights } from '@mint/backbone';
 *
 * const first = { kind: 'efficientnet', variant: 'b4', blocks: [1, 5, 9, 21], padding: 'static' } as const;
 * const backbone: BackboneConfig = { kind: 'joined', parts: [first, { kind: 'scattering' }] };
 * console.log(backboneInfo(backbone).totalChannels); // 419
 * const bias = { shape: [48], data: new Float32Array(48) };
 * console.log(Object.keys(joinWeights([{ 'stem/bias': bias }, {}]))); // [ '0/stem/bias' ]
 * ```
 */
export function joinWeights(
  parts: readonly Readonly<Record<string, TypedTensor>>[],
): Record<string, TypedTensor> {
  return Object.assign({}, ...parts.map((weights, i) => prefixed(prefixOf(i), weights)));
}

/**
 * The kind of backbone that joins others.
 *
 * @param of - What the registry knows about each part.
 */
export function joinedBackbones<Part extends { readonly kind: string }>(
  of: PartFunctions<Part>,
): BackboneDefinition<Joined<Part>> {
  return {
    info({ parts }) {
      assertParts(parts);
      const infos = parts.map(of.info);
      const [{ normalisation }] = infos as [BackboneTraits];
      return {
        channels: infos.flatMap(({ channels }) => channels),
        strides: infos.flatMap(({ strides }) => strides),
        inputMultiple: infos.reduce((all, { inputMultiple }) => leastCommonMultiple(all, inputMultiple), 1),
        // An upper bound: they are computed one after the other.
        bytesPerPixel: infos.reduce((sum, { bytesPerPixel }) => sum + bytesPerPixel, 0),
        normalisation,
      };
    },
    specs: ({ parts }) => Object.assign({}, ...parts.map((part, i) => prefixed(prefixOf(i), of.specs(part)))),
    features(params, { parts }, images) {
      const [first, ...rest] = parts.map((part) => of.info(part).normalisation);
      return tf.tidy(() =>
        parts.flatMap((part, i) => {
          const other = rest[i - 1];
          const seen = first && other ? renormalise(images, first, other) : images;
          return of.features(ownParams(params, prefixOf(i)), part, seen);
        }),
      );
    },
    parse(fields) {
      const list = fields.get('parts');
      const parts = list.list(MOST_PARTS);
      if (parts.length < 2) list.fail('a list of two or more backbones');
      for (const kind of parts.map((part) => part.get('kind'))) {
        if (kind.value === 'joined') kind.fail('that of a backbone that is not joined itself');
      }
      return { parts: parts.map(of.parse) };
    },
    readWeights: (_file, _config, name) => {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${name}: is one file, and each part of a joined backbone has its own; read them one by one and give them to joinWeights.`,
      );
    },
  };
}

function assertParts(parts: readonly { readonly kind: string }[]): void {
  const kinds = parts.map(({ kind }) => kind);
  if (kinds.length >= 2 && kinds.length <= MOST_PARTS && !kinds.includes('joined')) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `a joined backbone needs two to ${MOST_PARTS} \`parts\`, none of them joined itself, got [${kinds.join(', ')}].`,
  );
}

/** The weights of one part, by its own names. */
const ownParams = (params: Params, prefix: string): Params =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

/** Images that were normalised for one part, as another wants them. */
function renormalise(images: tf.Tensor4D, from: Normalisation, to: Normalisation): tf.Tensor4D {
  const scale = from.std.map((std, c) => std / (to.std[c] as number));
  const shift = from.mean.map((mean, c) => (mean - (to.mean[c] as number)) / (to.std[c] as number));
  if (scale.every((value) => value === 1) && shift.every((value) => value === 0)) return images;
  return tf.add(tf.mul(images, tf.tensor1d(scale)), tf.tensor1d(shift));
}

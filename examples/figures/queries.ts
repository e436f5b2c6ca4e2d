import type { MintDetector } from '@mint/detector';
import { type ClassQueryConfig, classQueries } from '@mint/inr';
import * as tf from '@tensorflow/tfjs-core';
import { principalColours } from './principal-colours.js';
import type { Tokens } from './tiles.js';

/** Decoder queries of prompts `[P, E]`, one `[P, N, d]` a decoder layer, flat. */
async function queriesOf(detector: MintDetector, prompts: tf.Tensor2D): Promise<Float32Array[]> {
  const { config, network } = detector.toState();
  const params = Object.fromEntries(
    Object.entries(network).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], 'float32')]),
  );
  const shape: ClassQueryConfig = {
    ...config.queries,
    classes: config.classes.length,
    channels: detector.channels,
    grid: config.grid,
    hidden: config.network.hidden,
    decoderLayers: config.network.decoderLayers,
  };
  const { queries, mu, logVar } = classQueries(params, shape, prompts);
  const values = await Promise.all(queries.map(async (query) => Float32Array.from(await query.data())));
  tf.dispose([params, queries, mu, logVar].filter((part) => part !== undefined));
  return values;
}

function embeddingsOf(detector: MintDetector): tf.Tensor2D {
  const embedding = detector.toState().network.classEmbedding;
  if (embedding === undefined) throw new Error('the model has no class embeddings; take one of MINT-AD.');
  return tf.tensor<tf.Rank.R2>(embedding.data, [embedding.shape[0] ?? 0, embedding.shape[1] ?? 0], 'float32');
}

/** Splits `[P, N·3]` colours into images. */
const images = (colours: Float32Array, tokens: number): Tokens[] =>
  Array.from({ length: colours.length / (3 * tokens) }, (_, i) =>
    colours.subarray(i * 3 * tokens, (i + 1) * 3 * tokens),
  );

/** A row for each class, a column for each decoder layer: its queries' principal components as colours. */
export async function queryMaps(detector: MintDetector): Promise<Tokens[][]> {
  const { network, grid, classes } = detector.config;
  const prompts = embeddingsOf(detector);
  const layers = await queriesOf(detector, prompts);
  prompts.dispose();
  const columns = layers.map((values) =>
    images(principalColours(values, network.hidden)(values), grid[0] * grid[1]),
  );
  return classes.map((_, c) => columns.map((column) => column[c] as Tokens));
}

/** The first layer's queries while the class code moves from one class to another, in the colours of {@link queryMaps}. */
export async function interpolation(
  detector: MintDetector,
  pairs: readonly (readonly [number, number])[],
  steps: number,
): Promise<Tokens[][]> {
  const { network, grid } = detector.config;
  const embeddings = embeddingsOf(detector);
  const [all] = await queriesOf(detector, embeddings);
  const colours = principalColours(all as Float32Array, network.hidden);
  const rows: Tokens[][] = [];
  for (const [from, to] of pairs) {
    const prompts = tf.tidy(() => {
      const [a, b] = [from, to].map((c) => tf.slice(embeddings, [c, 0], [1, -1])) as [tf.Tensor, tf.Tensor];
      const shares = Array.from({ length: steps }, (_, i) => i / (steps - 1));
      return tf.concat(shares.map((t) => tf.add(tf.mul(a, 1 - t), tf.mul(b, t)))) as tf.Tensor2D;
    });
    const [first] = await queriesOf(detector, prompts);
    prompts.dispose();
    rows.push(images(colours(first as Float32Array), grid[0] * grid[1]));
  }
  embeddings.dispose();
  return rows;
}

import { backboneInfo } from '@mint/backbone';
import { type ClassQueryConfig, classify, classQueries, classQuerySpecs, queryPrompt } from '@mint/inr';
import { type Params, param, zeros } from '@mint/internal/tfjs';
import { jitter, type ReconstructionConfig, reconstruct, reconstructionSpecs } from '@mint/transformer';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import type { ModelKind } from './model-kind.js';

const channelsOf = ({ backbone }: DetectorConfig): number => backboneInfo(backbone).totalChannels;

const reconstructionConfig = (
  config: DetectorConfig,
  channels: number,
  queries: ReconstructionConfig['queries'],
): ReconstructionConfig => ({ ...config.network, channels, grid: config.grid, queries });

const classQueryConfig = (config: DetectorConfig, channels: number): ClassQueryConfig => ({
  ...config.queries,
  classes: config.classes.length,
  channels,
  grid: config.grid,
  hidden: config.network.hidden,
  decoderLayers: config.network.decoderLayers,
});

/** UniAD: a transformer rebuilds the tokens, with one learned query table for each decoder layer. */
export const UNIAD_KIND: ModelKind = {
  title: 'UniAD',
  recognisesClasses: false,
  specs: (config) => reconstructionSpecs(reconstructionConfig(config, channelsOf(config), 'learned')),
  whyClosed: () => 'UniAD has one query table for all classes and no class embeddings',
  classSpecs: () => ({}),
  forward(params, config, tokens, { noise, dropout }) {
    const network = reconstructionConfig(config, tokens.shape[2], 'learned');
    return { reconstruction: reconstruct(params, network, jittered(tokens, noise), { dropout }) };
  },
};

/** MINT-AD: the same transformer, with queries that follow from the class of the image. */
export const MINT_AD_KIND: ModelKind = {
  title: 'MINT-AD',
  recognisesClasses: true,
  specs: (config) => ({
    ...reconstructionSpecs(reconstructionConfig(config, channelsOf(config), 'given')),
    ...classQuerySpecs(classQueryConfig(config, channelsOf(config))),
  }),
  whyClosed: ({ queries }) =>
    queries.mode === 'feature' ? "the prompt mode 'feature' has no class embeddings" : undefined,
  classSpecs: ({ queries }) => ({ embedding: { shape: [queries.embedding], init: zeros } }),
  forward(params, config, tokens, { ofClass, labels, noise, dropout }) {
    const [batch, , channels] = tokens.shape;
    const { prompt, ...classified } =
      ofClass === undefined
        ? promptsOf(params, config, tokens, labels)
        : { prompt: promptOfAll(ofClass, batch) };
    const { queries, ...prior } = classQueries(params, classQueryConfig(config, channels), prompt);
    const network = reconstructionConfig(config, channels, 'given');
    return {
      reconstruction: reconstruct(params, network, jittered(tokens, noise), { queries, dropout }),
      ...classified,
      ...prior,
    };
  },
};

const jittered = (tokens: tf.Tensor3D, noise: tf.Tensor3D | undefined): tf.Tensor3D =>
  noise === undefined ? tokens : jitter(tokens, noise);

function promptsOf(params: Params, config: DetectorConfig, tokens: tf.Tensor3D, labels?: tf.Tensor1D) {
  const { logits, posterior, penultimate } = classify(params, tokens);
  const prompt = queryPrompt(params, config.queries, { posterior, penultimate, labels });
  return { prompt, logits, posterior };
}

function promptOfAll(ofClass: Params, batch: number): tf.Tensor2D {
  const embedding = tf.reshape(param(ofClass, 'embedding'), [1, -1]);
  return tf.matMul(tf.ones([batch, 1]), embedding) as tf.Tensor2D;
}

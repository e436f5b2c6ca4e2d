// Loads the model and scores images beside the page, which stays free to draw and answer.
import { MintDetector, modelKind } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { onGraphicsCard, startDevice } from './device.js';
import type { AboutModel, Answer, Request } from './protocol.js';
import { scoreImage } from './score.js';
import { shownOf } from './shown.js';

const answer = (message: Answer, transfer: Transferable[] = []) => postMessage(message, { transfer });
let detector: MintDetector | undefined;

async function load({ model: url, device }: Extract<Request, { kind: 'load' }>): Promise<AboutModel> {
  await startDevice(device === undefined ? ['wasm', 'cpu'] : [device]);
  let bytes = 0;
  const loaded = await MintDetector.fromUrl(url, {
    onProgress: (done, total) => {
      bytes = done;
      answer({ kind: 'loading', bytes, total });
    },
  });
  answer({ kind: 'trying' });
  detector = device === undefined ? await onGraphicsCard(loaded) : loaded;
  const { config, calibration } = detector;
  const { model, classes, input } = config;
  return {
    title: modelKind({ model }).title,
    bytes,
    classes,
    width: input.width,
    height: input.height,
    alpha: calibration?.alpha,
    reviewAlpha: calibration?.reviewAlpha,
    device: tf.getBackend(),
  };
}

async function score(request: Extract<Request, { kind: 'score' }>): Promise<void> {
  if (detector === undefined) throw new Error('The model is not loaded yet.');
  const scored = await scoreImage(detector, request, (share) => answer({ kind: 'progress', share }));
  const shown = shownOf(scored, detector.calibration);
  const pngs = [shown.image, ...(shown.heat === undefined ? [] : [shown.heat.png])];
  answer(
    { kind: 'scored', shown },
    pngs.map(({ buffer }) => buffer),
  );
}

// One at a time, in the order in which they came.
let queue = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<Request>) => {
  queue = queue.then(async () => {
    try {
      if (data.kind === 'load') answer({ kind: 'loaded', about: await load(data) });
      else await score(data);
    } catch (error) {
      answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  });
});

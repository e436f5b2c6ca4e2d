import { MintDetector, modelKind } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { startCamera, stopCamera } from './camera.js';
import { DEVICES, onGraphicsCard, startDevice } from './device.js';
import { byId, make, terms } from './dom.js';
import { clear, failureOf, resultOf } from './result.js';
import { scoreImage } from './score.js';

/** An image of the procedural data set, served with the page; see scripts/model.ts. */
interface SampleImage {
  readonly file: string;
  readonly className: string;
  readonly defect: string;
}

const button = (id: string) => byId(id, HTMLButtonElement);
const [status, news, facts] = [
  byId('status', HTMLElement),
  byId('news', HTMLElement),
  byId('facts', HTMLElement),
];
const progress = byId('progress', HTMLProgressElement);
const given = byId('given', HTMLSelectElement);
const files = byId('files', HTMLInputElement);
const results = byId('results', HTMLOListElement);
const [viewfinder, video] = [byId('viewfinder', HTMLElement), byId('video', HTMLVideoElement)];
const controls = byId('results-controls', HTMLElement);
const empty = byId('empty', HTMLElement);

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** From the second visit on, the page works without a network. In a browser without service workers it needs one. */
async function workOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  const controlled = new Promise((resolve) =>
    serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
  );
  const { active } = await serviceWorker.register('sw.js');
  // Requests after this pass through the worker, which keeps copies. A worker that does not start delays nothing.
  const patience = new Promise((resolve) => setTimeout(resolve, 5000));
  if (active === null) await Promise.race([controlled, patience]);
}

async function loadDetector(url: string): Promise<MintDetector> {
  let bytes = 0;
  const detector = await MintDetector.fromUrl(url, {
    onProgress: (loaded, total) => {
      bytes = loaded;
      if (total !== undefined) progress.value = loaded / total;
      status.textContent = `Loading the model: ${megabytes(loaded)}${total === undefined ? '' : ` of ${megabytes(total)}`}`;
    },
  });
  const { model, classes, input } = detector.config;
  facts.append(
    ...terms({
      Network: `${modelKind({ model }).title}, ${megabytes(bytes)}`,
      Products: classes.join(', '),
      Input: `${input.width} × ${input.height} pixels`,
      'False alarms':
        detector.calibration === undefined
          ? 'no limits'
          : `${Number((100 * detector.calibration.alpha).toPrecision(3))} %`,
    }),
  );
  given.append(...classes.map((name) => make('option', { value: name }, name)));
  return detector;
}

async function start(): Promise<void> {
  const parameters = new URLSearchParams(location.search);
  await workOffline().catch((error: unknown) => console.warn(reason(error)));
  const wanted = parameters.get('device');
  await startDevice(wanted === null ? ['wasm', 'cpu'] : [wanted]);
  const loaded = await loadDetector(parameters.get('model') ?? 'model');
  status.textContent = 'Finding the fastest device …';
  const detector = wanted === null ? await onGraphicsCard(loaded) : loaded;
  facts.append(...terms({ 'Computes on': DEVICES[tf.getBackend()] ?? tf.getBackend() }));

  // One at a time, in the order in which they came.
  let queue = Promise.resolve();
  const score = (source: ImageBitmapSource, name: string) => {
    const expected = given.value === '' ? undefined : given.value;
    queue = queue.then(async () => {
      status.textContent = `Scoring ${name} …`;
      progress.setAttribute('aria-label', `Scoring ${name}`);
      const onProgress = (share: number) => {
        progress.hidden = false;
        progress.value = share;
      };
      const { item, sentence } = await scoreImage(detector, source, {
        name,
        given: expected,
        onProgress,
      }).then(
        (scored) => resultOf(name, scored, detector.calibration),
        (error: unknown) => failureOf(name, error),
      );
      progress.hidden = true;
      results.prepend(item);
      item.scrollIntoView({ block: 'nearest' });
      [empty.hidden, controls.hidden] = [true, false];
      news.textContent = sentence;
      status.textContent = 'Ready.';
    });
  };
  const scoreFiles = (list: Iterable<File>) => {
    for (const file of list) score(file, file.name);
  };

  button('choose').addEventListener('click', () => files.click());
  files.addEventListener('change', () => {
    scoreFiles(files.files ?? []);
    files.value = '';
  });
  listenForDrops(scoreFiles);
  listenToCamera((frame, name) => score(frame, name));
  byId('heat', HTMLInputElement).addEventListener('change', (event) => {
    results.classList.toggle(
      'without-heat',
      event.target instanceof HTMLInputElement && !event.target.checked,
    );
  });
  button('clear').addEventListener('click', () => {
    clear(results);
    [empty.hidden, controls.hidden] = [false, true];
    button('choose').focus();
  });
  await showSamples((blob, name) => score(blob, name));

  for (const id of ['choose', 'camera']) button(id).disabled = false;
  given.disabled = false;
  progress.hidden = true;
  status.textContent = 'Ready.';
}

function listenForDrops(onFiles: (list: Iterable<File>) => void): void {
  const drop = byId('drop', HTMLElement);
  addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    onFiles(event.dataTransfer?.files ?? []);
  });
}

function listenToCamera(onFrame: (frame: ImageBitmapSource, name: string) => void): void {
  let shots = 0;
  const close = () => {
    stopCamera(video);
    viewfinder.hidden = true;
    button('camera').hidden = false;
    button('camera').focus();
  };
  button('camera').addEventListener('click', async () => {
    try {
      await startCamera(video);
      viewfinder.hidden = false;
      button('camera').hidden = true;
      button('shoot').focus();
    } catch (error) {
      status.textContent = `No camera: ${reason(error)}.`;
    }
  });
  // The image is captured now, not when its turn comes.
  button('shoot').addEventListener('click', async () => {
    shots += 1;
    onFrame(await createImageBitmap(video), `Camera, image ${shots}`);
  });
  button('stop').addEventListener('click', close);
}

/** Buttons for the images in `samples/`, if there are any. */
async function showSamples(onImage: (blob: Blob, name: string) => void): Promise<void> {
  const response = await fetch('samples/index.json').catch(() => undefined);
  if (response?.ok !== true) return;
  const samples: readonly SampleImage[] = await response.json();
  const items = await Promise.all(
    samples.map(async ({ file, className, defect }) => {
      const blob = await (await fetch(`samples/${file}`)).blob();
      const name = `${className}, ${defect}`;
      const image = make('img', { src: URL.createObjectURL(blob), alt: '', class: 'thumb' });
      const choice = make('button', { type: 'button' }, image, make('span', {}, name));
      choice.addEventListener('click', () => onImage(blob, name));
      return make('li', {}, choice);
    }),
  );
  const box = byId('samples', HTMLElement);
  box.querySelector('ul')?.append(...items);
  box.hidden = false;
}

start().catch((error: unknown) => {
  progress.hidden = true;
  status.textContent = reason(error);
  status.classList.add('failed');
});

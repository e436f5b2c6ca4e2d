import type { RegionOfInterest } from '@mint/detector';
import { startCamera, stopCamera } from './camera.js';
import { DEVICES } from './device-names.js';
import { byId, make, terms } from './dom.js';
import { Engine } from './engine.js';
import { RegionEditor } from './region-editor.js';
import { clear, failureOf, resultOf } from './result.js';

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
const percent = (rate: number) => `${Number((100 * rate).toPrecision(3))} %`;
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

async function loadModel(engine: Engine, url: string, device: string | undefined): Promise<void> {
  const about = await engine.load(url, device, {
    onBytes: (bytes, total) => {
      if (total !== undefined) progress.value = bytes / total;
      status.textContent = `Loading the model: ${megabytes(bytes)}${total === undefined ? '' : ` of ${megabytes(total)}`}`;
    },
    onTrying: () => {
      status.textContent = 'Finding the fastest device …';
    },
  });
  const { title, bytes, classes, width, height, alpha, reviewAlpha } = about;
  facts.append(
    ...terms({
      Network: `${title}, ${megabytes(bytes)}`,
      Products: classes.join(', '),
      Input: `${width} × ${height} pixels`,
      'False alarms': alpha === undefined ? 'no limits' : percent(alpha),
      ...(reviewAlpha === undefined ? {} : { 'Reviewed or false alarms': percent(reviewAlpha) }),
      'Computes on': DEVICES[about.device] ?? about.device,
    }),
  );
  given.append(...classes.map((name) => make('option', { value: name }, name)));
}

async function start(): Promise<void> {
  const parameters = new URLSearchParams(location.search);
  await workOffline().catch((error: unknown) => console.warn(reason(error)));
  const engine = new Engine();
  await loadModel(engine, parameters.get('model') ?? 'model', parameters.get('device') ?? undefined);
  const region = drawnRegion();

  // One at a time, in the order in which they came.
  let queue = Promise.resolve();
  const score = (source: Blob | ImageBitmap, name: string) => {
    const expected = given.value === '' ? undefined : given.value;
    const interest = region.now();
    queue = queue.then(async () => {
      status.textContent = `Scoring ${name} …`;
      progress.setAttribute('aria-label', `Scoring ${name}`);
      const onProgress = (share: number) => {
        progress.hidden = false;
        progress.value = share;
      };
      const { item, sentence } = await engine
        .score({ source, name, given: expected, interest }, onProgress)
        .then(
          (shown) => resultOf(name, shown, (image) => region.draw(image.src, () => score(source, name))),
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

/** Where images are looked at, as it was drawn by hand; everywhere until then, and again when it is taken away. */
function drawnRegion() {
  const editor = new RegionEditor();
  const note = byId('drawn', HTMLElement);
  let interest: RegionOfInterest | undefined;
  button('forget').addEventListener('click', () => {
    interest = undefined;
    note.hidden = true;
    button('choose').focus();
  });
  return {
    now: () => interest,
    draw: (image: string, onDone: () => void) =>
      editor.open(image, (drawn) => {
        interest = drawn;
        note.hidden = false;
        onDone();
      }),
  };
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

function listenToCamera(onFrame: (frame: ImageBitmap, name: string) => void): void {
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

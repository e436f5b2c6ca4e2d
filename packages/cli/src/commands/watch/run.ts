import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { useDevice } from '../../devices/device.js';
import { openPublisher, publisherOf } from '../../messages/publisher.js';
import { safeName } from '../../output/file-names.js';
import { modelIdOf } from '../../scoring/model-id.js';
import { openRecorder, recorderOf } from '../../scoring/recorder.js';
import { warmUp } from '../../scoring/score-images.js';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { Predictor } from '../predict/predictor.js';
import type { Row } from '../predict/rows.js';
import { runPredict } from '../predict/run.js';
import { appendRows, removeTornRow } from '../predict/watch.js';
import { assertOurs, printer, resultsFile, writerOf } from '../predict/writers.js';
import { type Camera, type Frame, openCamera, titleOf } from './camera.js';
import type { WatchFlags } from './flags.js';

/** Frames per second from which a trigger by message picks the next one. */
const TRIGGER_RATE = 10;

/** `mint watch`: runs until Ctrl-C or SIGTERM, its normal end, so it returns 0. */
export async function runWatch(flags: WatchFlags, context: CommandContext): Promise<number> {
  const { progress } = context;
  const { source, trigger, mqttCommands, model: folder } = flags;
  const kinds = await Promise.all(
    source.map((one) =>
      stat(one).then(
        (info) => info.isDirectory(),
        () => false,
      ),
    ),
  );
  const publisher = await openPublisher(flags, progress.say);
  try {
    if (kinds.every(Boolean)) return await runPredict(source, { ...flags, watch: true, publisher }, context);
    const [camera] = source;
    if (camera === undefined || source.length > 1)
      throw new MintError(
        'INVALID_ARGUMENT',
        `--source ${source.join(' ')}: expected folders, or one camera.`,
      );
    if (trigger === 'mqtt' && !(mqttCommands && flags.mqtt !== undefined))
      throw new MintError('INVALID_ARGUMENT', '--trigger mqtt: needs --mqtt <address> and --mqtt-commands.');
    if (flags.out !== undefined) await assertOurs(resultsFile(flags.out, flags));
    await useDevice(flags, progress);
    const recorder = await openRecorder(flags, progress.say);
    try {
      const id = await modelIdOf(folder);
      const detector = await MintDetector.load(folder);
      try {
        await warmUp(detector, 1);
        const parts = {
          recorder: recorder && recorderOf(recorder, id),
          publisher: publisher && publisherOf(publisher, id),
        };
        return await watchCamera(camera, flags, { detector, ...parts, obey: publisher?.obey }, context);
      } finally {
        detector.dispose();
      }
    } finally {
      await recorder?.close();
    }
  } finally {
    await publisher?.close();
  }
}

/** What {@link watchCamera} works with. */
interface Parts {
  readonly detector: MintDetector;
  readonly recorder: ReturnType<typeof recorderOf> | undefined;
  readonly publisher: ReturnType<typeof publisherOf> | undefined;
  readonly obey: NonNullable<Awaited<ReturnType<typeof openPublisher>>>['obey'] | undefined;
}

async function watchCamera(
  source: string,
  flags: WatchFlags,
  { detector, recorder, publisher, obey }: Parts,
  { progress }: CommandContext,
): Promise<number> {
  const { out, trigger, every } = flags;
  const title = titleOf(source);
  const predictor = new Predictor(
    detector,
    {
      ...flags,
      batchSize: 1,
      recorder,
      publisher,
      overlayPath: out === undefined ? undefined : (name) => join(out, `${safeName(name)}.png`),
    },
    progress,
  );
  const print = printer(writerOf(flags, [title], detector));
  const results = out === undefined ? undefined : resultsFile(out, flags);
  if (results !== undefined) await removeTornRow(results.path, results);
  const score = async ({ bytes, time }: Frame): Promise<Row> => {
    const name = `${title} ${new Date(time).toISOString()}`;
    const [row] = await predictor.rows(await predictor.read([{ name, read: async () => bytes }]));
    if (row === undefined) throw new MintError('COMPUTE_FAILED', `${name}: was not scored.`);
    print([row]);
    if (results !== undefined) await appendRows(results.path, results, [row]);
    return row;
  };
  const { signal, release } = interruption(progress, 'finishing the image at hand');
  try {
    const rate = trigger === 'mqtt' ? TRIGGER_RATE : 1 / every;
    const camera = await openCamera(source, { rate, signal, say: progress.say });
    progress.say(`watching ${title}; stop with Ctrl-C`);
    if (trigger === 'interval') await scoreNewest(camera, score);
    else await scoreAtCommands(camera, score, { obey, signal });
    const taken = trigger === 'interval' ? `; ${camera.dropped()} frames were dropped for newer ones` : '';
    progress.say(
      `${predictor.latency.summary(1)}${taken}; ffmpeg was started again ${camera.restarts()} times`,
    );
    return 0;
  } finally {
    release();
  }
}

/** Scores the newest frame, again and again, until the camera ends. */
async function scoreNewest(camera: Camera, score: (frame: Frame) => Promise<Row>): Promise<void> {
  for (let frame = await camera.newest(); frame !== undefined; frame = await camera.newest())
    await score(frame);
}

/** Scores the next frame at each command, one after the other, and answers with what was decided. */
async function scoreAtCommands(
  camera: Camera,
  score: (frame: Frame) => Promise<Row>,
  { obey, signal }: { readonly obey: Parts['obey']; readonly signal: AbortSignal },
): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  await obey?.(async ({ command }) => {
    if (command !== 'trigger') throw new Error('expected {"command": "trigger"}');
    const work = last.then(async () => {
      const frame = await camera.next();
      if (frame === undefined) throw new Error('the camera has ended');
      const { decision, score: value, class: className } = await score(frame);
      return { decision, score: value, class: className };
    });
    last = work.catch(() => {});
    return await work;
  });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await last;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { frameCutter } from './frames.js';

/** A picture of a camera. */
export interface Frame {
  /** BMP file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** When it was complete, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

/** A camera, whose newest frame wins. */
export interface Camera {
  /** The newest frame that was not taken yet; waits for one if there is none. Undefined when the camera has ended. */
  readonly newest: () => Promise<Frame | undefined>;
  /** The first frame that is complete after this moment. */
  readonly next: () => Promise<Frame | undefined>;
  /** Frames that another one replaced before they were taken. */
  readonly dropped: () => number;
  /** Times that ffmpeg was started again. */
  readonly restarts: () => number;
}

/** Options of {@link openCamera}. */
export interface CameraOptions {
  /** Frames per second that are read. */
  readonly rate: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** Milliseconds without a frame after which ffmpeg is started again. @defaultValue 15000 */
  readonly stall?: number | undefined;
  /** Milliseconds before it is started again; doubled each time without a frame, up to 30 s. @defaultValue 1000 */
  readonly pause?: number | undefined;
}

const LONGEST_PAUSE = 30_000;
/** A frame of 64 million pixels. */
const MOST_BYTES = 200_000_000;

/** What ffmpeg is to read: a stream, a device of Video4Linux, a filter such as `lavfi:testsrc`, or any file or address it knows. */
export function inputOf(source: string): string[] {
  if (/^rtsps?:\/\//.test(source)) return ['-rtsp_transport', 'tcp', '-i', source];
  if (/^\/dev\/video\d+$/.test(source)) return ['-f', 'v4l2', '-i', source];
  const filter = /^lavfi:(.+)$/s.exec(source)?.[1];
  return filter === undefined ? ['-re', '-i', source] : ['-re', '-f', 'lavfi', '-i', filter];
}

/** A source in messages and records: without a password. */
export const titleOf = (source: string): string => source.replace(/^(\w+:\/\/)[^/@]*@/, '$1');

/**
 * Reads frames through ffmpeg, which is started again, after a growing pause, when it ends or gives no frame for some time.
 *
 * @throws MintError `UNAVAILABLE` when there is no ffmpeg.
 */
export async function openCamera(source: string, options: CameraOptions): Promise<Camera> {
  await assertFfmpeg();
  const { signal } = options;
  let newest: Frame | undefined;
  let [dropped, restarts, hasEnded] = [0, 0, false];
  let wake = () => {};
  const take = (frame: Frame) => {
    if (newest !== undefined) dropped += 1;
    newest = frame;
    wake();
  };
  const run = async () => {
    let pause = options.pause ?? 1000;
    while (!signal.aborted) {
      const { frames, why } = await readOnce(source, options, take);
      if (signal.aborted) break;
      pause = frames > 0 ? (options.pause ?? 1000) : Math.min(2 * pause, LONGEST_PAUSE);
      options.say(`${titleOf(source)}: ${why}; ffmpeg starts again in ${pause / 1000} s`);
      restarts += 1;
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
    hasEnded = true;
    wake();
  };
  void run();
  const wait = async () => {
    while (newest === undefined && !hasEnded)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    const frame = newest;
    newest = undefined;
    return frame;
  };
  return {
    newest: wait,
    next: () => {
      // What came before was not asked for.
      newest = undefined;
      return wait();
    },
    dropped: () => dropped,
    restarts: () => restarts,
  };
}

/** Runs ffmpeg until it ends. Gives the number of frames, and why it has ended. */
async function readOnce(
  source: string,
  { rate, signal, stall = 15_000 }: CameraOptions,
  take: (frame: Frame) => void,
): Promise<{ readonly frames: number; readonly why: string }> {
  const output = [
    '-an',
    '-vf',
    `fps=${rate}`,
    '-f',
    'image2pipe',
    '-c:v',
    'bmp',
    '-pix_fmt',
    'bgr24',
    'pipe:1',
  ];
  const child = spawn(
    'ffmpeg',
    ['-hide_banner', '-loglevel', 'error', '-nostdin', ...inputOf(source), ...output],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exit = once(child, 'close').then(
    () => {},
    () => {},
  );
  const end = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  let [frames, why] = [0, 'ffmpeg has ended'];
  child.stderr.on('data', (text) => {
    why = `ffmpeg says ${titleOf(String(text).trim().split('\n').at(-1) ?? '').replaceAll(source, titleOf(source))}`;
  });
  let timer = setTimeout(end, stall);
  const cut = frameCutter(MOST_BYTES);
  try {
    for await (const chunk of child.stdout) {
      for (const bytes of cut(chunk)) {
        frames += 1;
        take({ bytes, time: Date.now() });
        clearTimeout(timer);
        timer = setTimeout(() => {
          why = `no frame for ${stall / 1000} s`;
          end();
        }, stall);
      }
    }
  } catch (error) {
    why = oneLine(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
    await exit;
  }
  return { frames, why };
}

async function assertFfmpeg(): Promise<void> {
  const child = spawn('ffmpeg', ['-version'], { stdio: 'ignore' });
  await once(child, 'close').catch((cause) => {
    const why = errorCode(cause) === 'ENOENT' ? 'it is not installed' : oneLine(cause);
    const message = `ffmpeg: ${why}; cameras are read through it. Install it, for example with apt install ffmpeg.`;
    throw new MintError('UNAVAILABLE', message, { cause });
  });
}

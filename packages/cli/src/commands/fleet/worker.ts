import { useDevice } from '../../devices/device.js';
import type { CommandContext } from '../../shell/context.js';
import { interruption } from '../../shell/interruption.js';
import { withFleet } from './connection.js';
import { featureComputer } from './features-job.js';
import type { WorkerFlags } from './flags.js';
import { scorer } from './score-job.js';

/** `mint fleet worker`: does jobs until Ctrl-C or SIGTERM, after which it ends the job at hand. */
export async function runWorker(flags: WorkerFlags, context: CommandContext): Promise<number> {
  const { progress } = context;
  const device = await useDevice(flags, progress);
  const score = scorer(progress.say);
  const features = featureComputer(device, progress);
  return withFleet(flags, context, async (fleet) => {
    const { signal, release } = interruption(progress, 'finishing the job at hand');
    let done = 0;
    const worker = await fleet.work({
      handlers: { score: score.handler, features },
      lostAfter: flags.lostAfter,
      say: progress.say,
      onProgress: (images) => {
        done = images;
      },
    });
    progress.say('waiting for jobs; stop with Ctrl-C');
    try {
      await new Promise<void>((stopped) => signal.addEventListener('abort', () => stopped()));
      await worker.stop();
      progress.say(`${done} images done`);
      return 0;
    } finally {
      release();
      await score.close();
    }
  });
}

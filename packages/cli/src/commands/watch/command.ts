import { type Command, Option } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import {
  device,
  examples,
  positive,
  positiveCount,
  strict,
  threads,
  withMessages,
  withRecord,
} from '../../shell/flags.js';
import { FORMATS } from '../predict/flags.js';
import type { WatchFlags } from './flags.js';

/** Adds `mint watch`. */
export function addWatch(program: Command, context: CommandContext): void {
  const command = program
    .command('watch')
    .description(
      'Score the images of a camera, or each new image in folders, until Ctrl-C. Cameras are read through ffmpeg; the newest image wins.',
    )
    .requiredOption(
      '--source <where...>',
      'folders; or one camera: rtsp://…, /dev/video0, lavfi:testsrc, or what else ffmpeg reads',
    )
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .option('--every <seconds>', 'time from one image of a camera to the next', positive, 1)
    .addOption(
      new Option(
        '--trigger <what>',
        'when an image of a camera is scored; mqtt: at the command {"command": "trigger"}',
      )
        .choices(['interval', 'mqtt'])
        .default('interval'),
    )
    .option('--class <name>', 'class of all images (default: the recognised class of each image)')
    .addOption(
      new Option('--format <name>', 'how results are written; json means JSON Lines')
        .choices(FORMATS)
        .default('table'),
    )
    .option('--out <folder>', 'folder for an overlay of each image and results.csv or results.jsonl')
    .option('--batch-size <n>', 'images per batch, from folders', positiveCount, 1)
    .option('--mm-per-pixel <x>', 'side of a pixel in millimetres, for areas in mm²', positive);
  withMessages(withRecord(command))
    .addOption(device())
    .addOption(threads())
    .addOption(strict())
    .addHelpText(
      'after',
      examples(
        'mint watch --source rtsp://camera/stream --every 0.5 --model runs/parts/model --history line-3.sqlite',
        'mint watch --source /dev/video0 --trigger mqtt --mqtt mqtt://plant --mqtt-commands --model runs/parts/model',
        'mint watch --source incoming --model runs/parts/model --mqtt mqtt://plant',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const { runWatch } = await import('./run.js');
      context.onExit(await runWatch(command.optsWithGlobals<WatchFlags>(), context));
    });
}

import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import {
  cache,
  defectWords,
  device,
  examples,
  goodWords,
  positive,
  rate,
  rateOrNone,
  root,
  strict,
  threads,
} from '../../shell/flags.js';
import { parseSizeRule } from '../../shell/size-rules.js';
import type { CalibrateFlags } from './flags.js';

/** Adds `mint calibrate`. */
export function addCalibrate(program: Command, context: CommandContext): void {
  const command = program
    .command('calibrate')
    .description(
      'Set new alarm limits for a model: another false-alarm rate, a review rate, the smallest defect that counts, more good images. Its weights stay the same.',
    )
    .argument('<model>', 'model folder, such as runs/parts/model')
    .option(
      '--alpha <rate>',
      'share of good images that may raise an alarm (default: the rate of the model)',
      rate,
    )
    .option(
      '--review <rate>',
      'share of good images that may be reviewed or raise an alarm, above --alpha; 0 for none (default: the rate of the model)',
      rateOrNone,
    )
    .option(
      '--min-area <rule>',
      'smallest defect that counts, such as 20px, nut=0.5% or nut=1.5mm2; may be repeated; needs --data',
      parseSizeRule,
    )
    .option(
      '--roi <folder>',
      'where images are looked at: <class>.png, white there, or <class>.json, polygons in shares from 0 to 1; of one image: <class>/<image>.png or .json; none takes it away; needs --data',
    )
    .option('--mm-per-pixel <x>', 'side of a pixel in millimetres, for areas in mm²', positive)
    .option(
      '--data <data>',
      'data set that the model was trained on: its held-out images are scored again for a new rule',
    )
    .option('--add <data>', 'new good images: any folder or list that mint train reads')
    .option('--class <name>', 'class of all images in --add, whatever their folders are called')
    .addOption(goodWords())
    .addOption(defectWords())
    .addOption(root())
    .addOption(device())
    .addOption(threads())
    .addOption(cache())
    .addOption(strict());
  addRecord(command)
    .addHelpText(
      'after',
      examples(
        'mint calibrate runs/parts/model --alpha 0.01',
        'mint calibrate runs/parts/model --alpha 0.01 --review 0.1',
        'mint calibrate runs/parts/model --min-area nut=20px --data parts',
        'mint calibrate runs/parts/model --roi roi --data parts',
        'mint calibrate runs/parts/model --add new-good-images',
        'mint calibrate runs/parts/model --add new-nuts --class nut',
        'mint calibrate models/parts/3 --from-history line-3.sqlite',
      ),
    )
    .action(async (model: string, flags: CalibrateFlags) => {
      const { runCalibrate } = await import('./run.js');
      context.onExit(await runCalibrate(model, flags, context));
    });
}

/** Flags about a record of decisions. */
const addRecord = (command: Command): Command =>
  command
    .option(
      '--from-history <history>',
      'images that people judged good in a record of decisions, by their recorded scores: no image is read',
    )
    .option(
      '--history <where>',
      'record in which the change is noted, with who made it (default: that of --from-history)',
    );

import type { WeightsName } from '@mint/hub';
import type { Command } from 'commander';
import { weightsName } from '../../shell/backbones.js';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';

/** Adds `mint weights`. */
export function addWeights(program: Command, context: CommandContext): void {
  const weights = program
    .command('weights')
    .description('List, download and check published weights of backbones.');
  weights
    .command('list')
    .description('List names, sizes, licences, and which weights are on this machine.')
    .addHelpText('after', examples('mint weights list', 'mint weights list --json'))
    .action(async () => {
      const { runWeightsList } = await import('./run.js');
      context.onExit(await runWeightsList(context));
    });
  weights
    .command('get')
    .description('Download weights into the cache folder of the Hugging Face Hub, and print their path.')
    .addArgument(weightsName())
    .addHelpText('after', examples('mint weights get vit_small_patch14_reg4_dinov2'))
    .action(async (name: WeightsName) => {
      const { runWeightsGet } = await import('./run.js');
      context.onExit(await runWeightsGet(name, context));
    });
  weights
    .command('path')
    .description('Print the path of weights that were downloaded before. Uses no network.')
    .addArgument(weightsName())
    .addHelpText('after', examples('mint weights path efficientnet_b4'))
    .action(async (name: WeightsName) => {
      const { runWeightsPath } = await import('./run.js');
      context.onExit(await runWeightsPath(name, context));
    });
  weights
    .command('verify')
    .description('Compute the SHA-256 of downloaded weights again. Exit code 1 when a file has changed.')
    .addArgument(weightsName('[name]'))
    .addHelpText('after', examples('mint weights verify', 'mint weights verify efficientnet_b4'))
    .action(async (name: WeightsName | undefined) => {
      const { runWeightsVerify } = await import('./run.js');
      context.onExit(await runWeightsVerify(name, context));
    });
}

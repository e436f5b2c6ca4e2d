import { type Command, Option } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';
import type { TokenFlags } from './flags.js';

/** Adds `mint station`. */
export function addStation(program: Command, context: CommandContext): void {
  const station = program
    .command('station')
    .description('Look after a station: who may do what at mint serve, and which model is in service.');
  addToken(station, context);
  addModels(station, context);
}

// The names are repeated here because the package that checks them takes long to load, and help must be quick.
const ROLES = Object.keys({ operator: true, engineer: true } satisfies Record<TokenFlags['role'], true>);

function addToken(station: Command, context: CommandContext): void {
  const token = station
    .command('token')
    .description('Make and remove the tokens of --tokens. The file holds their hashes only.');
  token
    .command('add')
    .description('Make a token and print it, once. The file is made where there is none.')
    .argument('<file>', 'file of hashes, such as tokens.txt')
    .requiredOption(
      '--name <name>',
      'who gets it: a person or a program; it stands in verdicts and in the audit',
    )
    .addOption(
      new Option(
        '--role <name>',
        'operator: score images, read the record, give verdicts; engineer: also change limits, regions of interest and models',
      )
        .choices(ROLES)
        .default('operator'),
    )
    .addHelpText('after', examples('mint station token add tokens.txt --name Kim --role engineer'))
    .action(async (file: string, flags: TokenFlags) => {
      const { runTokenAdd } = await import('./tokens.js');
      context.onExit(await runTokenAdd(file, flags, context));
    });
  token
    .command('list')
    .description('List who has a token.')
    .argument('<file>', 'file of hashes')
    .addHelpText('after', examples('mint station token list tokens.txt'))
    .action(async (file: string) => {
      const { runTokenList } = await import('./tokens.js');
      context.onExit(await runTokenList(file, context));
    });
  token
    .command('remove')
    .description('Remove a token. A running server refuses it within a second.')
    .argument('<file>', 'file of hashes')
    .requiredOption('--name <name>', 'who has it')
    .addHelpText('after', examples('mint station token remove tokens.txt --name Kim'))
    .action(async (file: string, flags: Pick<TokenFlags, 'name'>) => {
      const { runTokenRemove } = await import('./tokens.js');
      context.onExit(await runTokenRemove(file, flags, context));
    });
}

function addModels(station: Command, context: CommandContext): void {
  const address = 'address of mint serve, such as http://127.0.0.1:8080; its token is in MINT_TOKEN';
  station
    .command('models')
    .description('List the models of a running station, and which one is in service.')
    .argument('<address>', address)
    .addHelpText('after', examples('mint station models http://127.0.0.1:8080'))
    .action(async (at: string) => {
      const { runModels } = await import('./models.js');
      context.onExit(await runModels(at, context));
    });
  station
    .command('activate')
    .description(
      'Put a version of a model into service. No request is lost; a model that fails its self-test changes nothing.',
    )
    .argument('<address>', address)
    .argument('<name/version>', 'which one, such as parts/4')
    .addHelpText('after', examples('mint station activate http://127.0.0.1:8080 parts/4'))
    .action(async (at: string, version: string) => {
      const { runActivate } = await import('./models.js');
      context.onExit(await runActivate(at, version, context));
    });
  station
    .command('rollback')
    .description('Put the version of a model back that was in service before.')
    .argument('<address>', address)
    .argument('<name>', 'name of the model, such as parts')
    .addHelpText('after', examples('mint station rollback http://127.0.0.1:8080 parts'))
    .action(async (at: string, name: string) => {
      const { runRollback } = await import('./models.js');
      context.onExit(await runRollback(at, name, context));
    });
  station
    .command('schema')
    .description('Print the JSON Schema of the messages that --mqtt and --webhook send.')
    .addHelpText('after', examples('mint station schema > decision-message.schema.json'))
    .action(async () => {
      const { messageSchema } = await import('../../messages/message.js');
      const schema = messageSchema();
      context.print(JSON.stringify(schema, undefined, 2), schema);
      context.onExit(0);
    });
}

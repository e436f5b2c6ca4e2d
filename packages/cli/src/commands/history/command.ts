import type { RecordedDecision, Verdict } from '@mint/history';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { count, examples, positive, positiveCount, rate } from '../../shell/flags.js';
import type {
  AuditFlags,
  ChoiceFlags,
  CompareFlags,
  JudgeFlags,
  ListFlags,
  PruneFlags,
  SheetFlags,
} from './flags.js';

// The names are repeated here because the package that defines them takes long to load, and help must be quick.
const VERDICTS = Object.keys({
  good: true,
  defective: true,
  'not sure': true,
} satisfies Record<Verdict['verdict'], true>);
const DECISIONS = Object.keys({
  ok: true,
  review: true,
  alarm: true,
  'unknown class': true,
  none: true,
  unreadable: true,
} satisfies Record<RecordedDecision, true>);

/** Adds `mint history`. */
export function addHistory(program: Command, context: CommandContext): void {
  const history = program
    .command('history')
    .description(
      'Read a record of decisions, that --history of serve and predict write, and add verdicts to it.',
    );
  addReading(history, context);
  addSheet(history, context);
  addComparing(history, context);
  history
    .command('judge')
    .description('Say what an image really shows. The last verdict on a decision counts.')
    .addArgument(where())
    .argument('<id>', 'number of the decision, as mint history list prints it', positiveCount)
    .addArgument(new Argument('<verdict>', 'what it shows').choices(VERDICTS))
    .option('--kind <name>', 'kind of defect, such as scratch')
    .requiredOption('--person <name>', 'who says so')
    .addHelpText(
      'after',
      examples('mint history judge line-3.sqlite 812 defective --kind scratch --person Kim'),
    )
    .action(async (place: string, id: number, verdict: Verdict['verdict'], flags: JudgeFlags) => {
      const { runJudge } = await import('./run.js');
      context.onExit(await runJudge(place, id, verdict, flags, context));
    });
  history
    .command('check')
    .description('Read the whole record. Exit code 1 when something is damaged.')
    .addArgument(where())
    .addHelpText('after', examples('mint history check line-3.sqlite'))
    .action(async (place: string) => {
      const { runCheck } = await import('./run.js');
      context.onExit(await runCheck(place, context));
    });
  history
    .command('prune')
    .description('Delete kept images, the oldest first. Decisions stay.')
    .addArgument(where())
    .option('--keep-days <days>', 'delete images that are older', count)
    .option('--keep-mb <megabytes>', 'then delete until the rest is smaller', positive)
    .addHelpText('after', examples('mint history prune line-3.sqlite --keep-days 90 --keep-mb 2000'))
    .action(async (place: string, flags: PruneFlags) => {
      const { runPrune } = await import('./run.js');
      context.onExit(await runPrune(place, flags, context));
    });
}

function addReading(history: Command, context: CommandContext): void {
  choice(history.command('list'))
    .description('List decisions, newest first.')
    .option('--limit <n>', 'how many at most', positiveCount, 20)
    .addHelpText(
      'after',
      examples(
        'mint history list line-3.sqlite --decision alarm --from 7d',
        'mint history list line-3.sqlite --class bolt --verdict none --json',
      ),
    )
    .action(async (place: string, flags: ListFlags) => {
      const { runList } = await import('./run.js');
      context.onExit(await runList(place, flags, context));
    });
  choice(history.command('export'))
    .description('Write decisions to a file, newest first.')
    .argument('<file>', 'ends in .csv or .parquet')
    .addHelpText(
      'after',
      examples('mint history export line-3.sqlite november.parquet --from 2026-11-01 --to 2026-12-01'),
    )
    .action(async (place: string, file: string, flags: ChoiceFlags) => {
      const { runExport } = await import('./run.js');
      context.onExit(await runExport(place, file, flags, context));
    });
}

function addSheet(history: Command, context: CommandContext): void {
  history
    .command('sheet')
    .description(
      'Print alarms, false alarms and misses by class and shift, as people judged them, with 95 % intervals, as Markdown.',
    )
    .addArgument(where())
    .addOption(from().default(undefined, '7d'))
    .addOption(to())
    .option('--station <name>', 'only this station')
    .option('--class <name>', 'only this class')
    .option(
      '--hours <n>',
      'length of a shift in hours; shifts begin at midnight of this machine',
      positiveCount,
      8,
    )
    .option('--alpha <rate>', 'the promised share of good images that raise an alarm', rate)
    .addHelpText('after', examples('mint history sheet line-3.sqlite --from 7d --alpha 0.01 > week.md'))
    .action(async (place: string, flags: SheetFlags) => {
      const { runSheet } = await import('./run.js');
      context.onExit(await runSheet(place, flags, context));
    });
}

function addComparing(history: Command, context: CommandContext): void {
  history
    .command('compare')
    .description(
      'Compare the model in service with the one that mint serve --shadow scored beside it: alarms, false alarms and misses of both, with 95 % intervals, as Markdown.',
    )
    .addArgument(where())
    .addOption(from())
    .addOption(to())
    .option('--station <name>', 'only this station')
    .option('--class <name>', 'only this class')
    .addHelpText('after', examples('mint history compare line-3.sqlite --from 7d'))
    .action(async (place: string, flags: CompareFlags) => {
      const { runCompare } = await import('./run.js');
      context.onExit(await runCompare(place, flags, context));
    });
  history
    .command('audit')
    .description('List who changed limits, regions of interest and models, newest first.')
    .addArgument(where())
    .addOption(from())
    .addOption(to())
    .option('--limit <n>', 'how many at most', positiveCount, 20)
    .addHelpText('after', examples('mint history audit line-3.sqlite --from 30d'))
    .action(async (place: string, flags: AuditFlags) => {
      const { runAudit } = await import('./run.js');
      context.onExit(await runAudit(place, flags, context));
    });
}

const where = () => new Argument('<history>', 'SQLite file, or an address that begins with postgres://');
const from = () =>
  new Option(
    '--from <time>',
    'first time: a date, a date with time, or how long ago, such as 7d or 12h',
  ).argParser(time);
const to = () => new Option('--to <time>', 'the time after the last').argParser(time);

function choice(command: Command): Command {
  return command
    .addArgument(where())
    .addOption(from())
    .addOption(to())
    .option('--station <name>', 'only this station')
    .option('--class <name>', 'only this class')
    .addOption(new Option('--decision <name>', 'only this decision').choices(DECISIONS))
    .addOption(
      new Option('--verdict <name>', 'only this last verdict; none: not judged yet').choices([
        ...VERDICTS,
        'none',
      ]),
    );
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A date without a time is midnight on this machine, as people mean it. */
function time(text: string): number {
  const [, number, unit = ''] = /^(\d+)([hdw])$/.exec(text) ?? [];
  const ago = UNITS[unit];
  if (number !== undefined && ago !== undefined) return Date.now() - Number(number) * ago;
  const value = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text).getTime();
  if (Number.isNaN(value))
    throw new InvalidArgumentError(
      'It must be a date such as 2026-11-30 or 2026-11-30T14:00, or how long ago, such as 7d or 12h.',
    );
  return value;
}

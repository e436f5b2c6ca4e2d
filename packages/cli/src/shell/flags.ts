import type { PresetName, ProtocolName } from '@mint/trainer';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVICES, type Device } from '../devices/names.js';

// Parsers of flag values, then flags that several commands share.

export const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
};
export const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return value;
};
export const positiveCount = (text: string): number => {
  const value = count(text);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1.');
  return value;
};
export const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be between 0 and 1.');
  return value;
};
/** A rate, or 0 for none. */
export const rateOrNone = (text: string): number => (Number(text) === 0 ? 0 : rate(text));
export const list = (text: string): string[] => text.split(',').map((item) => item.trim());

/** Flags of commands that read a data set: options of `loadDataset`. */
export interface DataFlags {
  readonly goodWords?: readonly string[] | undefined;
  readonly defectWords?: readonly string[] | undefined;
  readonly root?: string | undefined;
}

/** Flags of commands that compute. */
export interface DeviceFlags {
  readonly device: Device;
  readonly threads?: number | undefined;
}

/** Flags of commands that read images into a feature cache. */
export interface FeatureFlags extends DeviceFlags {
  readonly cache?: string | undefined;
  readonly strict?: boolean | undefined;
}

export const device = () =>
  new Option('--device <name>', 'device that computes; mint doctor lists those that work here')
    .choices(DEVICES)
    .default('auto');
export const threads = () =>
  new Option(
    '--threads <n>',
    'threads of device onnx (default: one per core); use 1 when several runs share a machine',
  ).argParser(positiveCount);
export const cache = () =>
  new Option(
    '--cache <folder>',
    'feature cache, or s3://bucket/prefix to fetch one from (default: feature-cache beside the run folder)',
  );
export const classes = () =>
  new Option('--classes <names>', 'use only these product classes, separated by commas').argParser(list);
export const goodWords = () => words('--good-words', 'more names of folders of good images');
export const defectWords = () => words('--defect-words', 'more names of folders of images with defects');
const words = (flag: string, description: string) =>
  new Option(`${flag} <words>`, `${description}, separated by commas`).argParser(list);
export const root = () =>
  new Option(
    '--root <folder>',
    'folder that the paths of a list are relative to (default: the folder of the list)',
  );
export const overlays = () =>
  new Option('--overlays <n>', 'overlays to write for each kind of defect of each class')
    .argParser(count)
    .default(4);
export const history = () =>
  new Option('--history <where>', 'record every decision in an SQLite file, or at a postgres:// address');
export const station = () =>
  new Option('--station <name>', 'name of this station in the record (default: the name of the machine)');
const historyFailure = () =>
  new Option('--history-failure <what>', 'when a decision cannot be recorded: give none, or go on without')
    .choices(['stop', 'continue'])
    .default('stop');
const keepImages = () =>
  new Option(
    '--keep-images <which>',
    'keep a small image and its heat map beside decisions: of those that are not ok, or of all',
  )
    .choices(['none', 'alarms', 'all'])
    .default('none');
const keepDays = () =>
  new Option('--keep-days <days>', 'delete kept images that are older').argParser(positive);
const keepMb = () =>
  new Option('--keep-mb <megabytes>', 'delete the oldest kept images until the rest is smaller').argParser(
    positive,
  );
/** Adds the flags of commands that keep a record of their decisions. */
export const withRecord = (command: Command): Command =>
  [history(), station(), historyFailure(), keepImages(), keepDays(), keepMb()].reduce(
    (all, option) => all.addOption(option),
    command,
  );
/** Adds the flags of commands that send their decisions to others. */
export const withMessages = (command: Command): Command =>
  command
    .option(
      '--mqtt <address>',
      'send each decision to an MQTT broker, such as mqtts://line@plant:8883; its password is in MINT_MQTT_PASSWORD',
    )
    .option('--mqtt-topic <topic>', 'what topics begin with (default: mint/<station>)')
    .option('--mqtt-commands', 'obey commands that come at <topic>/command')
    .option('--webhook <address>', 'send each decision by POST to an http(s) address, again if it fails')
    .option('--webhook-secret <file>', 'sign them with the secret in this file (HMAC-SHA256)');
// The names are repeated here because the packages that define them take long to load, and help must be quick.
const PROTOCOLS = Object.keys({
  own: true,
  uniad: true,
  mvtec: true,
  ader: true,
  'crop-392': true,
} satisfies Record<ProtocolName, true>);
const PRESETS = Object.keys({ paper: true, cpu: true, quick: true } satisfies Record<PresetName, true>);
export const preset = () =>
  new Option('--preset <name>', 'training settings').choices(PRESETS).default('cpu');
export const protocol = () =>
  new Option('--protocol <name>', 'conventions for preparing images and computing metrics')
    .choices(PROTOCOLS)
    .default('own');
export const strict = () =>
  new Option('--strict', 'stop at the first unreadable image instead of skipping it');

/** Text for `addHelpText('after', …)`: command lines that work as they are; `#` begins a comment. */
export const examples = (...lines: string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');

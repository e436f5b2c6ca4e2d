import { parseArgs } from 'node:util';
import { DEVICES, type NamedDevice, useDevice } from '@mint/cli';

/** The command line of every study; paths are relative to the folder it runs in. */
export const { values: flags } = parseArgs({
  options: {
    /** Data set as downloaded. */
    data: { type: 'string' },
    /** EfficientNet-B4 weights, safetensors; for studies of several backbones `name=file,name=file`. */
    weights: { type: 'string' },
    /** `cpu`: what two cores do in an hour or two; `paper`: the schedule of UniAD's published runs, for a graphics card. */
    preset: { type: 'string', default: 'cpu' },
    /** As `mint train --device`. */
    device: { type: 'string', default: 'auto' },
    /** As `mint train --threads`: 1 where several studies share a machine. */
    threads: { type: 'string' },
    /** Settings to train, by name, separated by commas. Default: all of the study. */
    only: { type: 'string' },
    /** Seeds to train, separated by commas. Default: all of the study. */
    seeds: { type: 'string' },
    /** Features of the images, shared by all studies. */
    cache: { type: 'string', default: '../runs/feature-cache' },
  },
});

/** Starts the device of the command line and reports which one it is. */
export async function startDevice(): Promise<NamedDevice> {
  const device = DEVICES.find((name) => name === flags.device);
  if (device === undefined)
    throw new Error(`--device ${flags.device}: expected one of ${DEVICES.join(', ')}.`);
  const { threads } = flags;
  return useDevice(
    { device, threads: threads === undefined ? undefined : Number(threads) },
    { say: console.error },
  );
}

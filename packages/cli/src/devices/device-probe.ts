/**
 * `mint doctor` starts this for each device in a process of its own: it opens the device, measures it, and sends the result to
 * the parent.
 */
import { assertOneOf } from '@mint/internal';
import { reasonOf } from './device.js';
import { matMulSpeed } from './measure.js';
import { NAMED_DEVICES } from './names.js';
import { onnxProviders } from './onnx-runtime.js';
import { openDevice } from './open.js';
import type { ProbeResult } from './survey.js';

const [device = ''] = process.argv.slice(2);

async function probe(): Promise<ProbeResult> {
  try {
    assertOneOf('device-probe', 'device', device, NAMED_DEVICES);
    const what = await openDevice(device);
    const speed = await matMulSpeed();
    return { works: true, what, ...speed, providers: device === 'onnx' ? onnxProviders() : undefined };
  } catch (error) {
    return { works: false, reason: reasonOf(error) };
  }
}

const answer = (result: ProbeResult) => process.send?.(result, () => process.exit());
process.on('uncaughtException', (error) => answer({ works: false, reason: reasonOf(error) }));
answer(await probe());

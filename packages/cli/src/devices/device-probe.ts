/**
 * Started by `mint doctor` for each device in a process of its own: opens the device and measures it. Says what came
 * out to the parent.
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
    return { works: true, what, ...speed, ...(device === 'onnx' ? { providers: onnxProviders() } : {}) };
  } catch (error) {
    return { works: false, reason: reasonOf(error) };
  }
}

const answer = (result: ProbeResult) => process.send?.(result, () => process.exit());
process.on('uncaughtException', (error) => answer({ works: false, reason: reasonOf(error) }));
answer(await probe());

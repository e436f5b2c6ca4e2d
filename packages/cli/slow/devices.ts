/**
 * Twelve training steps of two tiny nets on every device that starts here, against `cpu`: losses within 1e-4, and 99 % of
 * the weights within 1e-3. A device that does not start is skipped by name, with the reason.
 *
 *     pnpm --filter @mint/cli test:devices
 *
 * `webgpu` and `tensorflow` need packages that are no dependencies: install them in the folder it is started in. Without a
 * graphics card, SwiftShader stands in for one on Linux: `apt-get install chromium libvulkan1`; `VK_ICD_FILENAMES` names
 * another Vulkan driver. Names of devices as arguments try only these.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { differenceOf, type TinyTraining, tinyTraining } from '../src/devices/__fixtures__/tiny-training.js';
import { reasonOf, useDevice } from '../src/devices/device.js';
import { NAMED_DEVICES, type NamedDevice } from '../src/devices/names.js';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const MODELS = ['mint-ad', 'uniad'] as const;
const EPOCHS = 3;

type Answer = { readonly runs: readonly TinyTraining[] } | { readonly skipped: string };

/** The child: one device in a process of its own, as a driver that crashes must not end the others. */
async function measure(device: NamedDevice): Promise<Answer> {
  try {
    await useDevice({ device }, { say: console.error });
  } catch (error) {
    return { skipped: reasonOf(error) };
  }
  const runs: TinyTraining[] = [];
  for (const model of MODELS) runs.push(await tinyTraining(model, EPOCHS));
  return { runs };
}

function inChild(device: NamedDevice): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [], {
      env: {
        ...(existsSync(SWIFTSHADER) ? { VK_ICD_FILENAMES: SWIFTSHADER } : {}),
        ...process.env,
        MINT_TEST_DEVICE: device,
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    child.once('message', (answer: Answer) => resolve(answer));
    child.once('close', (code, signal) =>
      reject(new Error(`${device}: ended with ${signal ?? code} and no answer`)),
    );
  });
}

const own = NAMED_DEVICES.find((device) => device === process.env.MINT_TEST_DEVICE);
if (own !== undefined) {
  const answer = await measure(own);
  process.send?.(answer, () => process.exit());
} else {
  const wanted = process.argv.slice(2);
  const reference = await inChild('cpu');
  assert.ok('runs' in reference);
  for (const device of NAMED_DEVICES) {
    if (wanted.length > 0 && !wanted.includes(device)) continue;
    const answer = await inChild(device);
    if ('skipped' in answer) {
      console.log(`${device}: skipped: ${answer.skipped}`);
      continue;
    }
    for (const [i, model] of MODELS.entries()) {
      const [run, cpu] = [answer.runs[i], reference.runs[i]];
      assert.ok(run !== undefined && cpu !== undefined);
      const { loss, weights } = differenceOf(run, cpu);
      console.log(
        `${device}, ${model}: ${run.losses.length} losses within ${loss.toExponential(1)}, 99 % of the weights within ` +
          `${weights.toExponential(1)} of cpu; fastest step ${run.ms.toFixed(1)} ms`,
      );
      assert.ok(loss <= 1e-4, `${device}, ${model}: a loss differs`);
      assert.ok(weights <= 1e-3, `${device}, ${model}: weights differ`);
    }
  }
}

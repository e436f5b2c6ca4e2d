import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MintDetector, readProbe, updateDescription } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { tinyDetector } from '../../__fixtures__/tiny-detector.js';

const folder = temporaryFolder();
afterEach(() => vi.restoreAllMocks());

test('limits that another process sets after the model was read are not lost: nothing is written', async () => {
  const detector = await tinyDetector();
  await detector.save(folder.path);
  const load = MintDetector.load.bind(MintDetector);
  vi.spyOn(MintDetector, 'load').mockImplementationOnce(async (path) => {
    const loaded = await load(path);
    await updateDescription(path, ({ calibration, ...state }) => ({
      ...state,
      calibration: calibration && { ...calibration, alpha: 0.3 },
    }));
    return loaded;
  });
  const calibrate = () => mintHere(['calibrate', folder.path, '--alpha', '0.45', '--device', 'onnx']);
  await expect(calibrate()).rejects.toThrow(
    expect.objectContaining({ code: 'IN_USE', message: expect.stringContaining('nothing was written') }),
  );
  expect((await load(folder.path)).calibration?.alpha).toBe(0.3);
  await calibrate();
  expect((await load(folder.path)).calibration?.alpha).toBe(0.45);
  detector.dispose();
});

test('a model without a probe image gets one', async () => {
  const detector = await tinyDetector();
  await detector.save(folder.path);
  const probe = await readProbe(folder.path);
  await rm(join(folder.path, 'probe.json'));
  await mintHere(['calibrate', folder.path, '--alpha', '0.45', '--device', 'onnx']);
  expect((await readProbe(folder.path))?.score).toBeCloseTo(probe?.score ?? Number.NaN, 3);
  detector.dispose();
});

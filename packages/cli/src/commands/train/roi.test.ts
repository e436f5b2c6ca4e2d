import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);

test('mint train --roi: region, what stands in for the rest, and limits are in the model', async () => {
  const options = { trainPerClass: 6, testGoodPerClass: 1, defectsPerClass: 1, size: 64 };
  await writeMvtec(proceduralDataset(options), at('parts'));
  await folder.write(['roi/gear.json', '[[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]'], ['bad/nut.json', '[]']);
  const train = (roi: string) =>
    mintHere([
      ...['train', at('parts'), '--out', at('run'), '--backbone', 'scattering', '--model', 'gaussian'],
      ...['--input', '64', '--classes', 'gear', '--alpha', '0.5', '--overlays', '0', '--roi', at(roi)],
    ]);
  await expect(train('bad')).rejects.toThrow("nut.json: the model has no class 'nut'; it has gear");
  expect((await train('roi')).code).toBe(0);
  const { calibration } = JSON.parse(await readFile(at('run/model/model.json'), 'utf8'));
  expect(calibration.regionsOfInterest.gear[0]).toHaveLength(4);
  expect(calibration.outsidePixels.gear).toHaveLength(192);
  expect(calibration.thresholds.gear.image).toBeGreaterThan(0);
});

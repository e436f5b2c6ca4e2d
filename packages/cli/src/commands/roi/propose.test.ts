import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMask, proceduralDataset, writeMvtec } from '@mint/data';
import { isOverlayFile } from '@mint/internal/node';
import { temporaryFolder } from '@mint/test-utils';
import { expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);

test('mint roi propose: masks and sheets that mint train takes as they are; nothing is replaced unasked', {
  timeout: 240_000,
}, async () => {
  const options = { trainPerClass: 4, testGoodPerClass: 1, defectsPerClass: 1, size: 64 };
  await writeMvtec(proceduralDataset(options), at('parts'));
  const propose = (...args: string[]) =>
    mintHere(['roi', 'propose', at('parts'), '--out', at('roi'), '--classes', 'gear,weave', ...args]);
  const { code, out } = await propose();
  expect(code).toBe(0);
  expect(out).toMatch(/gear +4 +\d+ % of the image: .*gear\.png/);
  expect(out).toMatch(/weave +4 +none: nothing stands out/);
  const mask = await decodeMask(await readFile(at('roi/gear.png')), 'gear.png');
  expect([mask.width, mask.height]).toEqual([64, 64]);
  expect(mask.data[32 * 64 + 32]).toBe(1);
  expect(mask.data[0]).toBe(0);
  await expect(readFile(at('roi/weave.png'))).rejects.toThrow('ENOENT');
  for (const name of ['gear', 'weave'])
    expect(await isOverlayFile(at(`roi/overlays/${name}.png`))).toBe(true);
  await expect(propose()).rejects.toThrow(
    /gear\.png: is there already; nothing was written\. Give --overwrite/,
  );
  const trained = await mintHere([
    ...['train', at('parts'), '--out', at('run'), '--backbone', 'scattering', '--model', 'gaussian'],
    ...['--input', '64', '--classes', 'gear,weave', '--alpha', '0.6', '--overlays', '0', '--roi', at('roi')],
  ]);
  expect(trained.code).toBe(0);
  const { calibration } = JSON.parse(await readFile(at('run/model/model.json'), 'utf8'));
  expect(Object.keys(calibration.regionsOfInterest)).toEqual(['gear']);
});

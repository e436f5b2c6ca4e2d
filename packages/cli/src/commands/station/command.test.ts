import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, onTestFinished, test, vi } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { bmp, tinyDetector } from '../../__fixtures__/tiny-detector.js';
import { startServer } from '../serve/__fixtures__/server-process.js';

const work = temporaryFolder();
const at = (...parts: string[]) => join(work.path, ...parts);

test('mint station changes the model of a running server, and takes the change back', {
  timeout: 300_000,
}, async () => {
  const detector = await tinyDetector();
  for (const version of ['1', '2']) await detector.save(at('models/parts', version));
  detector.dispose();
  const add = async (name: string, role: string) =>
    (
      await mintHere(['station', 'token', 'add', at('tokens.txt'), '--name', name, '--role', role])
    ).out.trim();
  const [kim, robin] = [await add('Kim', 'operator'), await add('Robin', 'engineer')];
  const flags = ['--models', at('models'), '--history', at('line.sqlite'), '--tokens', at('tokens.txt')];
  const server = await startServer(...flags, '--active', 'parts/1', '--device', 'onnx');
  onTestFinished(server.kill);
  onTestFinished(() => void vi.unstubAllEnvs());
  const version = async () => {
    const headers = { 'content-type': 'image/bmp', authorization: `Bearer ${kim}` };
    const body = Uint8Array.from(bmp(1));
    const answer = await fetch(`${server.url}/v1/predict?class=nut`, { method: 'POST', body, headers });
    return (await answer.json()).model.version;
  };
  expect(await version()).toBe('parts/1');
  vi.stubEnv('MINT_TOKEN', kim);
  const activate = () => mintHere(['station', 'activate', server.url, 'parts/2']);
  await expect(activate()).rejects.toThrow(/the token of Kim is not that of an engineer/);
  vi.stubEnv('MINT_TOKEN', robin);
  expect((await activate()).out).toBe('parts/2 is in service\n');
  expect(await version()).toBe('parts/2');
  const { out } = await mintHere(['station', 'models', server.url]);
  expect(out).toBe('parts/1\tready to load\nparts/2\tactive\n');
  expect((await mintHere(['station', 'rollback', server.url, 'parts'])).out).toBe(
    'parts/1 is in service again\n',
  );
  expect(await version()).toBe('parts/1');
  expect(await server.stop()).toBe(0);
  const audit = JSON.parse((await mintHere(['history', 'audit', at('line.sqlite'), '--json'])).out);
  expect(
    audit.map(({ person, details }: { person: string; details: object }) => ({ person, ...details })),
  ).toEqual([
    { person: 'Robin', from: 'parts/2', to: 'parts/1' },
    { person: 'Robin', from: 'parts/1', to: 'parts/2' },
  ]);
});

test('addresses and versions that are none are refused, and so are flags that name no model', async () => {
  await expect(mintHere(['station', 'models', 'line-3'])).rejects.toThrow(/expected an address such as http/);
  await expect(mintHere(['station', 'activate', 'http://127.0.0.1:1', 'parts'])).rejects.toThrow(
    /such as parts\/4/,
  );
  await expect(mintHere(['station', 'models', 'http://127.0.0.1:1'])).rejects.toThrow(/no station answers/);
  await expect(mintHere(['serve'])).rejects.toThrow(/either --model <folder> or --models <folder>/);
  await expect(mintHere(['serve', '--model', 'a', '--shadow', 'b/1'])).rejects.toThrow(
    /name a version of --models/,
  );
  await expect(mintHere(['serve', '--models', 'a', '--shadow', 'b/1'])).rejects.toThrow(/give --history/);
  expect(JSON.parse((await mintHere(['station', 'schema'])).out).properties.schema.const).toBe(
    'mint.decision.1',
  );
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MINT } from '../../__fixtures__/run.js';
import { bmp, tinyDetector } from '../../__fixtures__/tiny-detector.js';

const folder = temporaryFolder();

function serve(port: string) {
  const model = join(folder.path, 'model');
  const child = spawn('node', [...MINT, 'serve', '--model', model, '--port', port], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  return { child, err: () => err, exit: once(child, 'exit').then(([code]) => code) };
}

test('listens on this machine only, answers, reports a port in use, and ends with 0 on SIGTERM', async () => {
  const detector = await tinyDetector();
  await detector.save(join(folder.path, 'model'));
  detector.dispose();
  const server = serve('0');
  const listening = /^listening at (http:\/\/127\.0\.0\.1:(\d+));/m;
  await vi.waitFor(() => expect(server.err()).toMatch(listening), { timeout: 60_000 });
  const [, url = '', port = ''] = listening.exec(server.err()) ?? [];
  const predict = () =>
    fetch(`${url}/v1/predict`, {
      method: 'POST',
      body: Uint8Array.from(bmp(1)),
      headers: { 'content-type': 'image/bmp' },
    });
  expect((await predict()).status).toBe(200);

  const second = serve(port);
  expect(await second.exit).toBe(1);
  expect(second.err()).toContain(`--port ${port}: another program is listening there; choose another`);

  const last = predict();
  server.child.kill('SIGTERM');
  await last.then(
    ({ status }) => expect([200, 503]).toContain(status),
    // It came after the server had stopped listening.
    () => {},
  );
  expect(await server.exit).toBe(0);
  expect(server.err()).toContain('answering the requests under way');
});

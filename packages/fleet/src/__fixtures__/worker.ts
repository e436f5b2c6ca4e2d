// A worker for tests that are to be killed: `worker.ts <redis> <milliseconds an image> <seconds>`.
import { openFleet } from '../index.js';
import { handler } from './lines.js';

const [url = '', milliseconds, lostAfter] = process.argv.slice(2);
const fleet = await openFleet(url, { version: '1.0.0' });
const worker = await fleet.work({
  handlers: { lines: handler(Number(milliseconds)) },
  lostAfter: Number(lostAfter),
});
process.stdout.write('ready\n');
process.on('SIGTERM', async () => {
  await worker.stop();
  await fleet.close();
});

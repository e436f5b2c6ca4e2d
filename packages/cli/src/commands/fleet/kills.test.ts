import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Random } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { hasRedis, needsRedis, startRedis } from '@mint/test-utils/redis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';
import { bmp, tinyDetector } from '../../__fixtures__/tiny-detector.js';
import { startWorker, type WorkerProcess } from './__fixtures__/worker-process.js';

/** `KILLS=100 IMAGES=5000` for the long run. */
const KILLS = Number(process.env.KILLS ?? 1);
const IMAGES = Number(process.env.IMAGES ?? 48);
const WORKERS = 2;
/** Images differ among so many. */
const KINDS = 50;

const folder = temporaryFolder();
const at = (path: string) => join(folder.path, path);

/** A server of images that kills a worker when one of them is asked for the first time. */
async function startImages(victims: ReadonlySet<number>, kill: () => boolean): Promise<string> {
  const waiting = new Set(victims);
  let owed = 0;
  const server = createServer((request, response) => {
    const n = Number(/(\d+)\.bmp$/.exec(request.url ?? '')?.[1]);
    if (waiting.delete(n)) owed += 1;
    // Where all workers are being replaced, at the next image.
    if (owed > 0 && kill()) owed -= 1;
    response.end(bmp(n % KINDS));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test.skipIf(!hasRedis)(
  needsRedis(`workers killed ${KILLS} times over ${IMAGES} images give what one process gives, bit for bit`),
  { timeout: 120_000 + KILLS * 20_000 },
  async () => {
    const redis = await startRedis(at('redis'));
    onTestFinished(redis.stop);
    vi.stubEnv('MINT_REDIS', redis.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const detector = await tinyDetector();
    await detector.save(at('model'));
    detector.dispose();
    const random = new Random(0);
    const victims = new Set<number>();
    while (victims.size < KILLS) victims.add(random.int(IMAGES));
    const running: WorkerProcess[] = [];
    const started: Promise<void>[] = [];
    onTestFinished(async () => {
      await Promise.allSettled(started); // one that takes the place of a killed one may still be starting
      for (const { child } of running) child.kill('SIGKILL');
    });
    const start = () => {
      const ready = startWorker('--threads', '1').then((worker) => void running.push(worker));
      started.push(ready);
      return ready;
    };
    let kills = 0;
    const url = await startImages(victims, () => {
      // The one that asked, or one in another job.
      const [victim] = running.splice(random.int(running.length), 1);
      if (victim === undefined) return false;
      victim.child.kill('SIGKILL');
      kills += 1;
      start().catch(() => {}); // the images are scored by the other, then
      return true;
    });
    const name = (i: number) => `part-${String(i).padStart(5, '0')}.bmp`;
    const numbers = Array.from({ length: IMAGES }, (_, i) => i);
    await folder.write(...numbers.map((i): [string, Uint8Array] => [`images/${name(i)}`, bmp(i % KINDS)]), [
      'list.txt',
      numbers.map((i) => `${url}/${name(i)}\n`).join(''),
    ]);
    const alone = ['predict', at('images'), '--model', at('model'), '--format', 'json', '--device', 'onnx'];
    const expected = (await mintHere(alone)).out.replaceAll(at('images'), url);
    for (let i = 0; i < WORKERS; i++) await start();
    const score = ['fleet', 'score', '--list', at('list.txt'), '--model', at('model'), '--json'];
    const places = ['--out', at('scores'), '--history', at('line.sqlite'), '--job-size', '16'];
    expect(JSON.parse((await mintHere([...score, ...places])).out)).toMatchObject({
      done: IMAGES,
      unreadable: 0,
    });
    expect(kills).toBe(KILLS);
    expect(readFileSync(at('scores/results.jsonl'), 'utf8')).toBe(expected);
    const recorded = ['history', 'list', at('line.sqlite'), '--limit', String(2 * IMAGES), '--json'];
    const sources: string[] = JSON.parse((await mintHere(recorded)).out).map(
      ({ source }: { source: string }) => source,
    );
    expect(sources.sort()).toEqual(numbers.map((i) => `${url}/${name(i)}`));
  },
);

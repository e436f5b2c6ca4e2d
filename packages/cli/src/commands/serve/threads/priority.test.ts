import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MINT } from '../../../__fixtures__/mint.js';

// In a process of its own: priorities cannot be raised again.
const PROGRAM = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { readFile } from 'node:fs/promises';
  import { putEventLoopFirst } from ${JSON.stringify(new URL('./priority.ts', import.meta.url).href)};
  await readFile('/proc/self/stat');
  await putEventLoopFirst();
  const niceOf = (id) => Number(readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ')[1].split(' ')[16]);
  const own = niceOf(process.pid);
  const others = readdirSync('/proc/self/task').filter((id) => Number(id) !== process.pid);
  const behind = others.map((id) => niceOf(id) - own);
  console.log(JSON.stringify({ own, behind: Math.max(...behind), before: Math.min(...behind) }));`;

test.runIf(process.platform === 'linux')('the event loop goes before the threads that compute', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...MINT.slice(0, -1),
    '--input-type=module',
    '--eval',
    PROGRAM,
  ]);
  const { own, behind, before } = JSON.parse(stdout) as Record<string, number>;
  expect(own).toBeLessThan(19);
  expect(behind).toBeGreaterThan(0);
  expect(before).toBeGreaterThanOrEqual(0);
});

/**
 * Claims a folder, says so, and holds it until it is told to end: `lock-holder.ts <folder> [busy]`; `refused` when it cannot. With
 * `busy` its event loop does nothing else.
 */
import { MintError } from '@mint/internal';
import { lockFolder } from '@mint/internal/node';

try {
  await lockFolder(process.argv[2] ?? '', (note) => process.stdout.write(`note ${note}\n`));
  process.stdout.write('held\n');
  process.stdin.once('data', () => process.exit(0));
  if (process.argv[3] === 'busy') for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
} catch (error) {
  if (!MintError.isInstance(error) || error.code !== 'IN_USE') throw error;
  process.stdout.write('refused\n');
}

// Records decisions as quickly as it can, and prints the number of each one that is on the disk: `… <where>`.
import { openHistory } from '../history.js';
import { decision } from './decisions.js';

const history = await openHistory(process.argv[2] ?? '');
for (let n = 0; ; n += 4)
  await Promise.all(
    [n, n + 1, n + 2, n + 3].map(async (each) => {
      const id = await history.record(decision(each));
      process.stdout.write(`${id}\n`);
    }),
  );

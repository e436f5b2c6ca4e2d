/**
 * A hundred thousand damaged images through the code of predict, training and the server: `pnpm --filter @mint/cli test:slow`,
 * or `… slow/fuzz-images.ts [count] [seed]`. Ends with exit code 1 when one of them did anything but be refused by name or scored,
 * or changed the result of a good image beside it.
 */
import { fuzzImages } from '../src/__fixtures__/fuzz-images.js';
import { tinyDetector } from '../src/__fixtures__/tiny-detector.js';

const [count = 100_000, seed = 7] = process.argv.slice(2).map(Number);
const began = performance.now();
const detector = await tinyDetector();
// What the first thousand take is the program itself.
await fuzzImages(detector, { count: 1000, seed: seed + 1 });
const before = process.memoryUsage.rss();
const { failures, ...counts } = await fuzzImages(detector, { count, seed });
for (const failure of failures) console.log(`FAILED ${failure}`);
const grownMb = Math.round((process.memoryUsage.rss() - before) / 1e6);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(JSON.stringify({ count, seed, ...counts, failures: failures.length, grownMb, seconds }));
if (failures.length > 0) process.exitCode = 1;

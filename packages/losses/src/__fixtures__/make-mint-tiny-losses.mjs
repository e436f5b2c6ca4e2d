// Makes mint-tiny-losses.safetensors: the inputs and expected outputs of the golden vectors `mint-tiny` that the losses
// need, without weights and gradients. Run: node make-mint-tiny-losses.mjs <folder of the golden vectors>
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , from] = process.argv;
const here = new URL('.', import.meta.url).pathname;
const bytes = readFileSync(join(from, 'mint-tiny.safetensors'));
const start = 8 + Number(bytes.readBigUInt64LE(0));
const header = JSON.parse(bytes.subarray(8, start).toString());
const wanted = /^(input\/(features|labels|channelMean|channelStd)|expected\/(logits|\w+\/(mu|s|reconstruction|trainReconstruction)))$/;

const kept = {};
const parts = [];
let end = 0;
for (const name of Object.keys(header).filter((name) => wanted.test(name)).sort()) {
  const [a, b] = header[name].data_offsets;
  kept[name] = { ...header[name], data_offsets: [end, end + b - a] };
  parts.push(bytes.subarray(start + a, start + b));
  end += b - a;
}
const text = JSON.stringify(kept);
const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
const size = Buffer.alloc(8);
size.writeBigUInt64LE(BigInt(head.length));
writeFileSync(join(here, 'mint-tiny-losses.safetensors'), Buffer.concat([size, head, ...parts]));
copyFileSync(join(from, 'mint-tiny.json'), join(here, 'mint-tiny.json'));

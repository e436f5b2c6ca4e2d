import { writeFileSync } from 'node:fs';
import { overlayPng, overlaySheet } from './src/index.js';

const W = 224,
  H = 224;
function pic(kind: number) {
  const data = new Uint8Array(W * H * 3);
  const map = new Float32Array(W * H);
  let s = 1 + kind;
  const rnd = () => (s = (s * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
  for (let y = 0; y < H; y++)
    for (let x = 0; x < W; x++) {
      const i = y * W + x;
      const r = Math.hypot(x - 112, y - 112);
      let c: number[];
      if (kind % 3 === 0) c = r < 80 && r > 30 ? [150 + 40 * Math.sin(x / 9), 110, 60] : [225, 225, 220];
      else if (kind % 3 === 1) {
        const t = 120 + 60 * Math.sin(x / 4) * Math.sin(y / 5);
        c = [t, t * 0.8, t * 0.5];
      } else c = r < 90 ? [60, 70, 90] : [15, 15, 18];
      const d = Math.hypot(x - 150, y - 90);
      if (kind > 2 && d < 12) c = [20, 20, 25];
      const n = 8 * (rnd() - 0.5);
      for (let k = 0; k < 3; k++) data[3 * i + k] = Math.max(0, Math.min(255, (c[k] as number) + n));
      map[i] =
        5.0 +
        0.8 * Math.sin(x / 20) * Math.cos(y / 25) +
        (kind > 2 ? 9 * Math.exp(-(d * d) / (2 * 18 * 18)) : 0);
    }
  return { image: { width: W, height: H, data }, map };
}
const items = [0, 1, 2, 3, 4, 5].map((k) => ({
  ...pic(k),
  options: {
    scale: [4.1, 11.7] as const,
    title: `${['gear', 'leather', 'capsule'][k % 3]}/test/${k > 2 ? 'hole' : 'good'}/00${k}  score ${(k * 2.34).toFixed(2)}`,
  },
}));
writeFileSync('/tmp/rep/one.png', overlayPng(items[3]!.image, items[3]!.map, items[3]!.options));
writeFileSync('/tmp/rep/sheet.png', overlaySheet(items, 2));
const tiny = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(120) };
writeFileSync(
  '/tmp/rep/tiny.png',
  overlayPng(
    tiny,
    Float32Array.from({ length: 1024 }, (_, i) => i / 1024),
    { scale: [0, 1], title: 'cifar/test/automobile/00012' },
  ),
);
writeFileSync(
  '/tmp/rep/odd.png',
  overlayPng(items[4]!.image, items[4]!.map, {
    scale: [1000.01, 1000.07],
    title:
      'ü\n\u001b[31m 😀 <script>alert(1)</script> {}|~ long long long long long long long long long long',
  }),
);

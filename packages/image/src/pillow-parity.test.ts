import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { preprocessImage, type ResizeFilter, type RgbImage, resizeImage } from './index.js';

// Hashes from Pillow 9.4 and torchvision 0.14, on an image made by a formula:
// ```python
// def image(w, h):
//     x, y, c = np.arange(w)[None, :, None], np.arange(h)[:, None, None], np.arange(3)[None, None, :]
//     return Image.fromarray(((x*37 + y*101 + c*59 + x*y*7) % 256).astype(np.uint8))
// sha = lambda im: hashlib.sha256(np.asarray(im).tobytes()).hexdigest()[:16]
// ```
const image = (width: number, height: number): RgbImage => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (x * 37 + y * 101 + c * 59 + x * y * 7) % 256;
  });
  return { width, height, data };
};
const sha = ({ data }: RgbImage) => createHash('sha256').update(data).digest('hex').slice(0, 16);

// sha(image(w, h).resize((W, H), filter))
test.each<[ResizeFilter, number, number, number, number, string]>([
  ['bilinear', 17, 13, 5, 7, '6b12a3d78a939718'],
  ['bicubic', 17, 13, 5, 7, '5d1fa7d98e91a328'],
  ['lanczos', 17, 13, 5, 7, 'cca591e276b067ed'],
  ['bilinear', 7, 5, 17, 13, 'e50277f1d56bb015'],
  ['bicubic', 7, 5, 17, 13, 'ec44ecb686e4ae79'],
  ['lanczos', 7, 5, 17, 13, '1f680cca29d9324f'],
  ['bilinear', 61, 47, 224, 224, 'b55ecca425b2b596'],
  ['bicubic', 61, 47, 224, 224, '8607f559463eb3fa'],
  ['lanczos', 61, 47, 224, 224, '9f8c208a62303998'],
  ['bilinear', 380, 550, 224, 224, '67b8a980a7d7b1c0'],
  ['bicubic', 380, 550, 224, 224, '6ebd03bda70f813d'],
  ['lanczos', 380, 550, 224, 224, 'ee5d193caad9cacd'],
])('%s from %i x %i to %i x %i has the bytes of Pillow', (filter, width, height, toWidth, toHeight, hash) => {
  expect(sha(resizeImage(image(width, height), toWidth, toHeight, filter))).toBe(hash);
});

// sha(CenterCrop((ch, cw))(Resize(r, filter)(image(w, h))))
test.each<[ResizeFilter, number, number, number, number, number, string]>([
  ['bilinear', 61, 47, 37, 31, 29, 'b070aea18b635c80'],
  ['bicubic', 61, 47, 37, 31, 29, '29763ba4732f8ac0'],
  ['bilinear', 47, 61, 40, 31, 37, '578c8077222dc1e9'],
  ['bicubic', 47, 61, 40, 31, 37, 'd111fbd2bc4cac0c'],
  ['bilinear', 300, 211, 256, 224, 224, 'fc5ed0c3bb80def7'],
  ['bicubic', 300, 211, 256, 224, 224, 'd28159d560ebd987'],
])(
  '%s of %i x %i, shorter side %i, centre crop %i x %i has the bytes of torchvision',
  (filter, width, height, resize, toWidth, toHeight, hash) => {
    const preprocessing = { width: toWidth, height: toHeight, filter, resize };
    expect(sha(preprocessImage(image(width, height), preprocessing))).toBe(hash);
  },
);

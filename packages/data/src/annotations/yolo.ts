import type { MaskShapes } from '../types.js';

/** Regions of a YOLO label file: `class cx cy w h` or `class x y x y …` a line, in fractions; undefined for any other text. */
export function parseYolo(content: string): MaskShapes | undefined {
  const polygons: number[][] = [];
  for (const line of content.split('\n')) {
    if (line.trim() === '') continue;
    const [, ...values] = line.trim().split(/\s+/).map(Number);
    if (values.length < 4 || values.some((value) => !(value >= -0.5 && value <= 1.5))) return undefined;
    const [cx = 0, cy = 0, w = 0, h = 0] = values;
    if (values.length > 5) polygons.push(values.slice(0, values.length - (values.length % 2)));
    else
      polygons.push([
        cx - w / 2,
        cy - h / 2,
        cx + w / 2,
        cy - h / 2,
        cx + w / 2,
        cy + h / 2,
        cx - w / 2,
        cy + h / 2,
      ]);
  }
  return { polygons };
}

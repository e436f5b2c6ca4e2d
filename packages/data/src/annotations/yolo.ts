import type { MaskShapes } from '../types.js';

/** Regions of a YOLO label file, in fractions of the image, with the index of each one's class. */
export interface YoloRegions {
  readonly polygons: readonly (readonly number[])[];
  readonly classes: readonly number[];
}

/** Reads a label file: `class cx cy w h` or `class x y x y …` a line, in fractions; undefined for any other text. */
export function parseYolo(content: string): YoloRegions | undefined {
  const polygons: number[][] = [];
  const classes: number[] = [];
  for (const line of content.split('\n')) {
    if (line.trim() === '') continue;
    const [index = 0, ...values] = line.trim().split(/\s+/).map(Number);
    if (values.length < 4 || values.some((value) => !(value >= -0.5 && value <= 1.5))) return undefined;
    const [cx = 0, cy = 0, w = 0, h = 0] = values;
    const [left, right, top, bottom] = [cx - w / 2, cx + w / 2, cy - h / 2, cy + h / 2];
    classes.push(index);
    if (values.length > 5) polygons.push(values.slice(0, values.length - (values.length % 2)));
    else polygons.push([left, top, right, top, right, bottom, left, bottom]);
  }
  return { polygons, classes };
}

/** The regions whose class is a defect. */
export const withoutGood = ({ polygons, classes }: YoloRegions, good: ReadonlySet<number>): MaskShapes => ({
  polygons: polygons.filter((_, i) => !good.has(classes[i] ?? 0)),
});

/** Files that name the classes of label files. */
export const isNamesFile = (file: string): boolean =>
  /(^|\/)(classes\.txt|obj\.names|_darknet\.labels|[^/]+\.ya?ml)$/i.test(file);

/** The class names in such a file, by index: one a line, or `names:` of YAML as a list or by number. */
export function namesIn(file: string, content: string): string[] {
  if (!/\.ya?ml$/i.test(file)) return content.split(/\r?\n/).map((line) => line.trim());
  const start = content.search(/^names\s*:/m);
  if (start < 0) return [];
  const [first = '', ...lines] = content.slice(start).split(/\r?\n/);
  const inline = first.slice(first.indexOf(':') + 1).trim();
  if (inline.startsWith('[') || inline.startsWith('{'))
    return inline
      .slice(1, inline.search(/[\]}]|$/))
      .split(',')
      .map(named);
  const names: string[] = [];
  for (const line of lines) {
    if (!/^\s*(-\s|\d+\s*:)/.test(line)) break;
    names.push(named(line.replace(/^\s*-\s*/, '')));
  }
  return names;
}

const named = (entry: string): string =>
  entry
    .trim()
    .replace(/^\d+\s*:\s*/, '')
    .replace(/^['"]|['"]$/g, '');

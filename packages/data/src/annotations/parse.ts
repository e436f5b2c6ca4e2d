import type { MaskBitmap, MaskShapes, Sample } from '../types.js';
import type { NameReader } from '../words/name-reader.js';
import { list, number, numbers, record, text } from './json.js';

/** The annotation of one image. */
export interface Annotation {
  /** File name or path of the image as the annotation has it; may start with folders. */
  readonly image: string;
  readonly shapes: MaskShapes;
  /** Number of marked regions. */
  readonly regions: number;
  /** Whether an image without regions is listed as good: true for formats that list all images. */
  readonly listsAll: boolean;
  /** What a flag or tag of the whole image says. */
  readonly label?: Sample['label'] | undefined;
}

/**
 * The annotations in a JSON file of LabelMe, COCO or Supervisely; undefined for any other file.
 *
 * @param fileStem - Name of the file without `.json`.
 */
export function parseAnnotations(
  value: unknown,
  fileStem: string,
  read: NameReader,
): Annotation[] | undefined {
  const content = record(value);
  if (content === undefined) return undefined;
  if (Array.isArray(content.shapes)) return [labelMe(content, fileStem, read)];
  if (Array.isArray(content.images) && Array.isArray(content.annotations)) return coco(content, read);
  if (Array.isArray(content.objects) && record(content.size) !== undefined)
    return [supervisely(content, fileStem, read)];
  return undefined;
}

const isGood = (name: unknown, read: NameReader): boolean => read(text(name) ?? '').label === 'normal';

/** What the names of flags or tags say about the whole image; a defect wins. */
function labelOf(names: readonly unknown[], read: NameReader): Sample['label'] | undefined {
  const meanings = names.map((name) => read(text(name) ?? ''));
  if (meanings.some(({ label, kind }) => label === 'anomalous' || kind)) return 'anomalous';
  return meanings.some(({ label }) => label === 'normal') ? 'normal' : undefined;
}

function labelMe(content: Readonly<Record<string, unknown>>, fileStem: string, read: NameReader): Annotation {
  const marked = list(content.shapes)
    .map((entry) => record(entry) ?? {})
    .filter(({ label }) => !isGood(label, read));
  const polygons = marked.flatMap((shape) => {
    const points = numbers(shape.points);
    const kind = text(shape.shape_type) ?? 'polygon';
    return points === undefined || kind === 'mask' ? [] : polygonsOf(kind, points);
  });
  const bitmaps = marked.flatMap(({ shape_type: kind, mask, points }): MaskBitmap[] => {
    const data = text(mask);
    const [x, y] = numbers(points) ?? [];
    return kind !== 'mask' || data === undefined || x === undefined || y === undefined
      ? []
      : [{ data, x, y }];
  });
  const image = (text(content.imagePath) ?? '').replaceAll('\\', '/').split('/').at(-1) ?? '';
  const flags = Object.entries(record(content.flags) ?? {}).flatMap(([name, isSet]) =>
    isSet === true ? [name] : [],
  );
  return {
    image: image || fileStem,
    shapes: { width: number(content.imageWidth), height: number(content.imageHeight), polygons, bitmaps },
    regions: polygons.length + bitmaps.length,
    listsAll: false,
    label: labelOf(flags, read),
  };
}

function polygonsOf(kind: string, points: readonly number[]): readonly (readonly number[])[] {
  // Lines and points mark the pixels that they cross.
  if (kind === 'linestrip')
    return Array.from({ length: Math.max(0, (points.length >> 1) - 1) }, (_, i) =>
      points.slice(2 * i, 2 * i + 4),
    );
  if (kind === 'points')
    return Array.from({ length: points.length >> 1 }, (_, i) => points.slice(2 * i, 2 * i + 2));
  return [polygonOf(kind, points)];
}

function polygonOf(kind: string, points: readonly number[]): readonly number[] {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = points;
  if (kind === 'rectangle') return points.length === 4 ? rectangle(x0, y0, x1 - x0, y1 - y0) : points;
  if (kind !== 'circle') return points;
  const radius = Math.hypot(x1 - x0, y1 - y0);
  return Array.from({ length: 64 }, (_, i) => (2 * Math.PI * i) / 64).flatMap((angle) => [
    x0 + radius * Math.cos(angle),
    y0 + radius * Math.sin(angle),
  ]);
}

const rectangle = (x: number, y: number, width: number, height: number): readonly number[] => [
  ...[x, y, x + width, y],
  ...[x + width, y + height, x, y + height],
];

function coco(content: Readonly<Record<string, unknown>>, read: NameReader): Annotation[] {
  const good = new Set(
    list(content.categories).flatMap((entry) =>
      isGood(record(entry)?.name, read) ? [record(entry)?.id] : [],
    ),
  );
  const marks = new Map<unknown, Readonly<Record<string, unknown>>[]>();
  for (const entry of list(content.annotations)) {
    const mark = record(entry);
    if (mark === undefined || good.has(mark.category_id)) continue;
    const known = marks.get(mark.image_id);
    if (known === undefined) marks.set(mark.image_id, [mark]);
    else known.push(mark);
  }
  return list(content.images).flatMap((entry) => {
    const image = record(entry);
    const name = text(image?.file_name);
    if (image === undefined || name === undefined) return [];
    const regions = (marks.get(image.id) ?? []).map(cocoRegion);
    const shapes: MaskShapes = {
      width: number(image.width),
      height: number(image.height),
      polygons: regions.flatMap(({ polygons }) => polygons),
      runs: regions.flatMap(({ runs }) => (runs === undefined ? [] : [runs])),
    };
    return [{ image: name.replaceAll('\\', '/'), shapes, regions: regions.length, listsAll: true }];
  });
}

function cocoRegion(mark: Readonly<Record<string, unknown>>): {
  readonly polygons: readonly (readonly number[])[];
  readonly runs?: readonly number[] | undefined;
} {
  const runs = record(mark.segmentation)?.counts;
  if (typeof runs === 'string') return { polygons: [], runs: uncompressed(runs) };
  if (runs !== undefined) return { polygons: [], runs: numbers(runs) };
  const polygons = list(mark.segmentation).flatMap((entry) => {
    const points = numbers(entry);
    return points === undefined || points.length < 6 ? [] : [points];
  });
  if (polygons.length > 0) return { polygons };
  const [x, y, width, height] = numbers(mark.bbox) ?? [];
  if (x === undefined || y === undefined || width === undefined || height === undefined)
    return { polygons: [] };
  return { polygons: [rectangle(x, y, width, height)] };
}

/** Run lengths of COCO's text form: five bits a character, each number from the third on a difference to the one before the last. */
function uncompressed(counts: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < counts.length; ) {
    let value = 0;
    let shift = 0;
    let code = 32;
    while (code & 32 && at < counts.length) {
      code = counts.charCodeAt(at++) - 48;
      value |= (code & 31) << shift;
      shift += 5;
    }
    if (code & 16) value |= -1 << shift;
    runs.push(value + (runs.length > 2 ? (runs[runs.length - 2] ?? 0) : 0));
  }
  return runs;
}

function supervisely(
  content: Readonly<Record<string, unknown>>,
  fileStem: string,
  read: NameReader,
): Annotation {
  const size = record(content.size) ?? {};
  const objects = list(content.objects)
    .map((entry) => record(entry) ?? {})
    .filter(({ classTitle }) => !isGood(classTitle, read));
  const polygons = objects.flatMap(({ geometryType, points }) => {
    const outline = numbers(record(points)?.exterior);
    if (outline === undefined || outline.length === 0) return [];
    const kind = text(geometryType) ?? 'polygon';
    if (kind === 'polygon') return [withHoles(outline, list(record(points)?.interior))];
    return polygonsOf(kind === 'line' ? 'linestrip' : kind, outline);
  });
  const bitmaps = objects.flatMap(({ bitmap }) => {
    const data = text(record(bitmap)?.data);
    const [x, y] = numbers(record(bitmap)?.origin) ?? [];
    return data === undefined || x === undefined || y === undefined ? [] : [{ data, x, y }];
  });
  return {
    image: fileStem,
    shapes: { width: number(size.width), height: number(size.height), polygons, bitmaps },
    regions: objects.length,
    listsAll: true,
    label: labelOf(
      list(content.tags).map((tag) => record(tag)?.name),
      read,
    ),
  };
}

/** One line around an outline and its holes: by the even-odd rule the ways to a hole and back cancel out. */
function withHoles(outline: readonly number[], rings: readonly unknown[]): readonly number[] {
  if (rings.length === 0) return outline;
  const start = outline.slice(0, 2);
  const holes = rings.flatMap((ring) => {
    const points = numbers(ring) ?? [];
    return [...points, ...points.slice(0, 2), ...start];
  });
  return [...outline, ...start, ...holes];
}

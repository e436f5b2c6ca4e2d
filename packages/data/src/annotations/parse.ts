import type { MaskShapes } from '../types.js';
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

function labelMe(content: Readonly<Record<string, unknown>>, fileStem: string, read: NameReader): Annotation {
  const polygons = list(content.shapes).flatMap((entry) => {
    const shape = record(entry) ?? {};
    const points = numbers(shape.points);
    if (points === undefined || isGood(shape.label, read)) return [];
    return [polygonOf(text(shape.shape_type) ?? 'polygon', points)];
  });
  const image = (text(content.imagePath) ?? '').replaceAll('\\', '/').split('/').at(-1) ?? '';
  return {
    image: image || fileStem,
    shapes: { width: number(content.imageWidth), height: number(content.imageHeight), polygons },
    regions: polygons.length,
    listsAll: false,
  };
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
    return outline === undefined || outline.length === 0
      ? []
      : [polygonOf(text(geometryType) ?? 'polygon', outline)];
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
  };
}

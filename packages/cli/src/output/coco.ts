import type { Size } from '@mint/data';
import type { RegionRow } from '../scoring/region-rows.js';
import { polygonOf } from './polygons.js';

/** An image with its regions. */
export interface MarkedImage {
  /** Its path, relative to the file of annotations or absolute. */
  readonly path: string;
  /** Its own size. */
  readonly size: Size;
  readonly className?: string | undefined;
  readonly regions: readonly RegionRow[];
}

/**
 * Regions of images as one COCO file of object detection: polygons in pixels, one category `anomaly`. `score` is the region's
 * peak, `attributes.class` the class of the image.
 *
 * @see https://cocodataset.org/#format-data
 */
export function cocoFile(images: readonly MarkedImage[]): object {
  const marked = images.flatMap(({ regions, className }, i) =>
    regions.map((region) => ({ region, className, image: i + 1 })),
  );
  return {
    info: { description: 'regions above the limit, by mint predict' },
    images: images.map(({ path, size: { width, height } }, i) => ({
      id: i + 1,
      file_name: path,
      width,
      height,
    })),
    categories: [{ id: 1, name: 'anomaly' }],
    annotations: marked.map(({ region, className, image }, i) => ({
      id: i + 1,
      image_id: image,
      category_id: 1,
      segmentation: [polygonOf(region).flat()],
      area: region.area,
      bbox: region.box,
      iscrowd: 0,
      score: region.peak,
      attributes: { class: className },
    })),
  };
}

/** Regions of one image as a LabelMe file, with the label `anomaly`. */
export function labelmeFile({ path, size, regions }: MarkedImage): object {
  return {
    version: '5.5.0',
    flags: {},
    shapes: regions.map((region) => ({
      label: 'anomaly',
      points: polygonOf(region),
      group_id: null,
      description: `peak ${region.peak.toPrecision(4)}, area ${region.area} px`,
      shape_type: 'polygon',
      flags: {},
    })),
    imagePath: path,
    imageData: null,
    imageHeight: size.height,
    imageWidth: size.width,
  };
}

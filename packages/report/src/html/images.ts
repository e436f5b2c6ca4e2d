import { heatColour } from '../overlay/colour-map.js';
import type { Outline } from '../overlay/overlay.js';
import type { ImagePanels } from '../overlay/panels.js';
import { escapeHtml } from './escape.js';

/** Bytes of all panels of an image, as they go into the file. */
export const panelBytes = ({ image, heat, layer, mask }: ImagePanels): number =>
  image.length + heat.length + layer.length + (mask?.length ?? 0);

/**
 * Image, mask, heat map and overlay side by side, and the scale of the heat. The image is embedded once: the overlay
 * is the same image, by a style variable, with the heat above it.
 */
export function imageFigure(caption: string, panels: ImagePanels, note = ''): string {
  const { image, heat, layer, mask, scale, limit, outlines = [] } = panels;
  const safe = escapeHtml(caption);
  const tile = (name: string, images: string, over = '') =>
    `<div class="tile"><div class="image" role="img" aria-label="${name} of ${safe}" style="background-image:${images}">${over}</div><span aria-hidden="true">${name}</span></div>`;
  const tiles = [
    tile('image', 'var(--image)'),
    mask === undefined ? '' : tile('mask', url(mask)),
    tile('heat map', url(heat)),
    tile('overlay', `${url(layer)},var(--image)`, outlineLayer(image, outlines)),
  ];
  const [low, high] = scale.map((value) => value.toPrecision(3));
  return `<li style="--image:${url(image)}"><figure><div class="tiles">${tiles.join('')}</div>
<div class="bar"><span>${low}</span><i>${limitMark(scale, limit)}</i><span>${high}</span></div><figcaption>${safe}${note === '' ? '' : `<br>${escapeHtml(note)}`}</figcaption></figure></li>`;
}

/** The limit on the colour bar, if it lies on it. */
function limitMark([low, high]: readonly [number, number], limit: number | undefined): string {
  if (limit === undefined || limit < low || limit > high) return '';
  const share = (100 * (limit - low)) / (high - low);
  return `<b style="left:${share.toFixed(1)}%"></b><em style="left:${share.toFixed(1)}%">limit ${limit.toPrecision(3)}</em>`;
}

/** Outlines over an image that is fitted into a square, as an SVG of the image's own proportions. */
function outlineLayer(png: Uint8Array, outlines: readonly Outline[]): string {
  if (outlines.length === 0) return '';
  const { width, height } = sizeOf(png);
  const lines = outlines.map(({ ring, isFaint, isEdge }) => {
    const style = isEdge ? ' class="edge"' : isFaint ? ' class="small"' : '';
    const points = ring.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`);
    return `<polygon points="${points.join(' ')}"${style}/>`;
  });
  return `<svg class="outlines" viewBox="0 0 ${width} ${height}" aria-hidden="true">${lines.join('')}</svg>`;
}

/** Width and height from the header of a PNG. */
function sizeOf(png: Uint8Array): { width: number; height: number } {
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: header.getUint32(16), height: header.getUint32(20) };
}

/** The colours of the heat from its low end to its high end, as a CSS gradient. */
export const HEAT_GRADIENT = `linear-gradient(90deg,${Array.from(
  { length: 11 },
  (_, i) => `rgb(${heatColour(i / 10).join(',')})`,
).join(',')})`;

const url = (png: Uint8Array): string => `url(data:image/png;base64,${base64(png)})`;

/** Base64 with what Node and browsers share; in parts, since a call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

import { heatColour } from '../overlay/colour-map.js';
import type { ImagePanels } from '../overlay/panels.js';
import { escapeHtml } from './escape.js';

/** Bytes of all panels of an image, as they go into the file. */
export const panelBytes = ({ image, heat, layer, mask }: ImagePanels): number =>
  image.length + heat.length + layer.length + (mask?.length ?? 0);

/**
 * Image, mask, heat map and overlay side by side, and the scale of the heat. The image is embedded once: the overlay
 * is the same image, by a style variable, with the heat above it.
 */
export function imageFigure(caption: string, panels: ImagePanels): string {
  const { image, heat, layer, mask, scale } = panels;
  const safe = escapeHtml(caption);
  const tile = (name: string, images: string) =>
    `<div class="tile"><div class="image" role="img" aria-label="${name} of ${safe}" style="background-image:${images}"></div><span aria-hidden="true">${name}</span></div>`;
  const tiles = [
    tile('image', 'var(--image)'),
    mask === undefined ? '' : tile('mask', url(mask)),
    tile('heat map', url(heat)),
    tile('overlay', `${url(layer)},var(--image)`),
  ];
  const [low, high] = scale.map((value) => value.toPrecision(3));
  return `<li style="--image:${url(image)}"><figure><div class="tiles">${tiles.join('')}</div>
<div class="bar"><span>${low}</span><i></i><span>${high}</span></div><figcaption>${safe}</figcaption></figure></li>`;
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

/** Endings and beginnings that the name of a mask has and the name of its image has not. */
const ENDING =
  /[\s._-]*[([]?(mask|masks|gt|groundtruth|ground[\s_-]truth|label|labels|seg|segmentation|anno|annotation|defect_mask)[)\]]?$/i;
const BEGINNING = /^(mask|gt|groundtruth|ground[\s_-]truth|label|seg|segmentation)[\s._-]+/i;
/** `x_mask_2` is the second mask of `x`; `x_2` is another image. */
const NUMBER = /[\s._-]*\(?\d+\)?$/;
const IMAGE_ENDING = /\.(png|jpe?g|jfif|jpe|bmp|tiff?|webp|p[gpn]m)$/i;

/** Stem of the image that a mask beside it with this stem belongs to; undefined when the name is not that of a mask. */
export function imageStem(stem: string): string | undefined {
  const plain = stem.replace(IMAGE_ENDING, '');
  for (const name of [plain, plain.replace(NUMBER, '')]) {
    if (ENDING.test(name) && /[\s._-]/.test(name)) {
      const image = name.replace(ENDING, '').replace(IMAGE_ENDING, '');
      if (image !== '') return image;
    }
    if (BEGINNING.test(name)) return name.replace(BEGINNING, '');
  }
  return undefined;
}

/** The stems that the image of a mask in a folder of masks may have, the most likely first. */
export function imageStems(stem: string): readonly string[] {
  const named = imageStem(stem);
  const numbered = named === undefined ? stem.match(/^(.*?)[\s._-]+\(?\d+\)?$/)?.[1] : undefined;
  // `007_scratch` and `007_defect_2` are masks of `007`.
  const parts = stem.split(/([\s._-]+)/);
  const beginnings =
    named === undefined ? parts.map((_, i) => parts.slice(0, i).join('')).filter((_, i) => i % 2 === 1) : [];
  const whole = [stem, named, numbered, ...beginnings.reverse()].filter(
    (name) => name !== undefined && name !== '',
  );
  return [
    ...new Set(whole.flatMap((name) => (name === undefined ? [] : [name, name.replace(IMAGE_ENDING, '')]))),
  ];
}

import { MintError } from '@mint/internal';
import { quoted } from '../names.js';
import type { Sample } from '../types.js';
import type { WordOptions } from '../words/name-reader.js';
import { loadDataset } from './load-dataset.js';

/** Options of {@link goodImages}. */
export interface GoodImagesOptions extends WordOptions {
  /** Class of all images, whatever the folders are called. */
  readonly className?: string | undefined;
  /** Folder that the paths of a list are relative to. Default: the folder of the list. */
  readonly root?: string | undefined;
}

/**
 * The good images of a folder or list in any layout that {@link loadDataset} reads, for the classes of a model: `<class>/*.png`,
 * `<class>/good/*.png`, `<class>/train/good/*.png`, or the folder of one class. Images with a defect are left out.
 *
 * @param classes - Classes of the model; `classIndex` is an index into them.
 * @throws MintError as `loadDataset`; `INVALID_ARGUMENT` when a folder is not called like one of the classes, or there is no good image, or images
 * lie beside folders of good images so that nothing says whether they are good.
 */
export async function goodImages(
  folder: string,
  classes: readonly string[],
  { className, ...options }: GoodImagesOptions = {},
): Promise<Sample[]> {
  const dataset = await loadDataset(folder, { ...options, testFraction: 0 });
  const unclear = dataset.problems?.find(({ code }) => code === 'unclear-label');
  if (unclear !== undefined)
    throw new MintError('INVALID_ARGUMENT', `${folder}: ${unclear.message} (${unclear.examples.join(', ')})`);
  const good = dataset.samples.filter(({ label }) => label === 'normal');
  // The folder of one class may have any name when the model has one class only.
  const only = classes.length === 1 && dataset.classes.length === 1 ? classes[0] : undefined;
  const nameOf = (sample: Sample) =>
    className ?? (classes.includes(sample.className) ? sample.className : (only ?? sample.className));
  const stray = [...new Set(good.map(nameOf))].filter((name) => !classes.includes(name));
  if (stray.length > 0 || good.length === 0) {
    const wrong =
      good.length === 0 ? 'there is no good image' : `${quoted(stray)} is not a class of the model`;
    throw new MintError(
      'INVALID_ARGUMENT',
      `${folder}: ${wrong}; expected good images in <class>/ or <class>/good/, or images of one class and --class. Classes: ${classes.join(', ')}.`,
    );
  }
  return good.map((sample) => {
    const name = nameOf(sample);
    return { ...sample, className: name, classIndex: classes.indexOf(name), split: 'train' };
  });
}

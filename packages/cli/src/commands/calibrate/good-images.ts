import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '@mint/data';
import { MintError, oneLine } from '@mint/internal';

/**
 * Good images of a model's classes: all files of `<folder>/<class>/`, or, when the class is given, of the folder itself.
 *
 * @param classes - Of the model.
 * @param given - Class of all images.
 * @throws MintError `INVALID_ARGUMENT` when a subfolder is not named after a class, `NOT_FOUND` when a folder cannot be read.
 */
export async function goodImages(
  folder: string,
  classes: readonly string[],
  given: string | undefined,
): Promise<Sample[]> {
  const names =
    given === undefined
      ? (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name)
      : [given];
  const stray = names.find((name) => !classes.includes(name));
  if (stray !== undefined || names.length === 0) {
    const wrong = stray === undefined ? 'there is no subfolder' : `'${stray}' is not a class of the model`;
    throw new MintError(
      'INVALID_ARGUMENT',
      `${folder}: ${wrong}; expected good images in <class>/, or images of one class and --class. Classes: ${classes.join(', ')}.`,
    );
  }
  const lists = names.map((className) =>
    imagesIn(given === undefined ? join(folder, className) : folder, className, classes.indexOf(className)),
  );
  return (await Promise.all(lists)).flat();
}

async function imagesIn(folder: string, className: string, classIndex: number): Promise<Sample[]> {
  const files = (await entriesOf(folder)).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return files.map(({ name }): Sample => {
    const imagePath = join(folder, name);
    return { id: imagePath, className, classIndex, split: 'train', label: 'normal', imagePath };
  });
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new MintError('NOT_FOUND', `${folder}: cannot read the folder of good images: ${oneLine(error)}.`, {
      cause: error,
    });
  }
}

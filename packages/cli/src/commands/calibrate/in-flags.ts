import { MintError } from '@mint/internal';

/** What errors of the library call by the names of its arguments, and the flags that set them. */
const FLAGS = [
  [/^recalibrate: /, 'mint calibrate: '],
  [/`alpha`/g, '--alpha'],
  [/`reviewAlpha`/g, '--review'],
  [/`added`/g, '--add'],
  [/`rescored`/g, '--data'],
] as const;

/** Does the work; an error names flags in place of arguments. */
export function inFlags<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!MintError.isInstance(error)) throw error;
    const message = FLAGS.reduce((text, [name, flag]) => text.replace(name, flag), error.message);
    throw new MintError(error.code, message, { cause: error });
  }
}

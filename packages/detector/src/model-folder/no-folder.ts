import { MintError } from '@mint/internal';

/** Replaces folder.ts in bundles for browsers, by `imports` of package.json. */
const noFiles = (): never => {
  const message =
    'MintDetector: a page has no folders; load a model with MintDetector.fromUrl, and keep one as toState() gives it.';
  throw new MintError('UNAVAILABLE', message);
};

export const readModelFolder = noFiles;
export const writeModelFolder = noFiles;
export const writeModelDescription = noFiles;
export const updateModelDescription = noFiles;
export const readProbeFile = noFiles;
export const writeProbeFile = noFiles;

/** A page's own rules say where it may fetch from. */
export const fetchModelFile = (url: string, init: RequestInit): Promise<Response> =>
  globalThis.fetch(url, init);

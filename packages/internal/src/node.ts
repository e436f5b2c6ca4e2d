export {
  errorCode,
  type FileContent,
  readFileOf,
  sha256,
  writeFileAtomic,
  writeFilesAtomic,
} from './node/files.js';
export { lockFolder, lockWhenFree } from './node/folder-lock.js';
export { guardedFetch } from './node/guarded-fetch.js';
export { isOverlayFile } from './node/overlay-file.js';

export { errorCode, readFileOf, sha256, writeFileAtomic, writeFilesAtomic } from './files.js';
export { lockFolder } from './folder-lock.js';

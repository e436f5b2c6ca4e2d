export { errorCode, readFileOf, sha256, writeFileAtomic, writeFilesAtomic } from './node/files.js';
export { lockFolder } from './node/folder-lock.js';

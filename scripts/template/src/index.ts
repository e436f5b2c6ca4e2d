export { MintError, type MintErrorCode } from '@mint/internal';
export { centred } from './centred.js';

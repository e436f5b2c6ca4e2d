export { useDevice } from './devices/device.js';
export { DEVICES, type Device, type NamedDevice } from './devices/names.js';
export { createProgram } from './program.js';
export type { ProgramHost } from './shell/context.js';
export type { Progress } from './shell/progress.js';

export type { ProgramHost } from './context.js';
export { DEVICES, type Device, type NamedDevice, useDevice } from './device.js';
export { createProgram } from './program.js';
export type { Progress } from './progress.js';

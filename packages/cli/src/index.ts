export type { ProgramHost } from './context.js';
export { createProgram } from './program.js';
export type { Progress } from './progress.js';

export type { CommandContext } from './context.js';
export { createProgram } from './program.js';

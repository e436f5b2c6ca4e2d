import { createRequire } from 'node:module';

/** Of this package. The file lies as deep in the built package as here. */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

import { createRequire } from 'node:module';

/** Version of this package. The file is at the same depth in the built package as here. */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

import { expect, test } from 'vitest';
import { PROGRAMS } from './programs.js';

// `vitest.config.ts` runs this file in each of Vitest's pools.
for (const [name, program] of Object.entries(PROGRAMS)) test(name, () => program(expect));

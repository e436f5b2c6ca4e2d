import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MintError } from '@mint/internal';
import { errorCode } from '@mint/internal/node';

/** Imports an optional package; undefined when it is not installed. */
export type Importer = (name: string) => Promise<unknown>;

/** Looks for a package beside this command, then in the current folder, where a user of a global `mint` installs it. */
export async function importOptional(name: string): Promise<unknown> {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    const path = resolved(name, from);
    if (path !== undefined) return import(pathToFileURL(path).href);
  }
  return undefined;
}

function resolved(name: string, from: string | URL): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch (error) {
    if (errorCode(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The error for packages that are not installed. */
export function notInstalled(...packages: string[]): MintError {
  const names = packages.join(' ');
  const missing = packages.length === 1 ? `${names} is` : `${packages.join(' and ')} are`;
  return new MintError(
    'UNAVAILABLE',
    `${missing} not installed. Install with \`npm i ${names}\`, in the current folder or beside mint.`,
  );
}

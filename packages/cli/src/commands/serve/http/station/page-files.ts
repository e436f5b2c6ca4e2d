import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Files of the page by their paths, such as `index.html`. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

/** The page: built beside this program, or, from TypeScript sources, which only developers run, built now. */
export async function pageFiles(): Promise<PageFiles> {
  if (!import.meta.url.endsWith('.ts'))
    return await readFiles(fileURLToPath(new URL('./page', import.meta.url)));
  const { buildPage } = await import(import.meta.resolve('@mint/station-page/build'));
  return await buildPage();
}

async function readFiles(folder: string): Promise<PageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = `${parentPath}/${name}`;
        const relative = path.slice(folder.length + 1).replaceAll('\\', '/');
        return [relative, new Uint8Array(await readFile(path))] as const;
      }),
    ),
  );
}

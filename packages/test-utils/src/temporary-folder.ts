import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** An empty folder for each test of the file that calls this. */
export function temporaryFolder(): {
  readonly path: string;
  /** Writes files. Without content they are empty, which is enough for listings. */
  write(...files: (string | readonly [path: string, content: string | Uint8Array])[]): Promise<void>;
} {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'mint-data-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    async write(...files) {
      for (const file of files) {
        const [name, content] = typeof file === 'string' ? [file, ''] : file;
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), content);
      }
    },
  };
}

import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page in memory: its files by their paths. For servers that run from sources; a release has the files on disk. */
export async function buildPage(): Promise<ReadonlyMap<string, Uint8Array>> {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const built = await build({ root, logLevel: 'error', build: { write: false } });
  const outputs = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  return new Map(
    outputs.map((file) => [file.fileName, bytesOf(file.type === 'asset' ? file.source : file.code)]),
  );
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

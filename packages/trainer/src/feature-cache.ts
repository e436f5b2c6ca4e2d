import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, MintError, oneLine } from '@mint/internal';
import { errorCode, sha256 } from '@mint/internal/node';

/**
 * Features on disk, one file a picture. The key is the SHA-256 of the picture's bytes together with everything
 * that shapes its features (preprocessing, backbone, weights), so a changed picture or setting is another key.
 * Files are written to a temporary name and renamed: an interrupted write is never read.
 */
export class FeatureCache {
  readonly #folder: string;

  /**
   * @param folder - Where the files go; made when the first one is written.
   * @param fingerprint - Text of everything but the picture that the features depend on.
   */
  constructor(folder: string, fingerprint: string) {
    this.#folder = join(folder, sha256(fingerprint).slice(0, 16));
  }

  #path(contentHash: string): string {
    return join(this.#folder, contentHash.slice(0, 2), `${contentHash}.safetensors`);
  }

  /** The features of a picture, or undefined when they are not there or the file is damaged. */
  async read(contentHash: string): Promise<Float32Array | undefined> {
    const path = this.#path(contentHash);
    try {
      const data = decodeSafetensors(await readFile(path), path).tensors.features?.data;
      return data instanceof Float32Array ? data : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || (MintError.isInstance(error) && error.code === 'CORRUPT_FILE'))
        return undefined;
      throw error;
    }
  }

  async write(contentHash: string, features: Float32Array, shape: readonly number[]): Promise<void> {
    const path = this.#path(contentHash);
    const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
    try {
      await mkdir(join(path, '..'), { recursive: true });
      // Not flushed: a file lost in a power cut is computed again.
      await writeFile(temporary, encodeSafetensors({ features: { shape, data: features } }));
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      const full = errorCode(error) === 'ENOSPC';
      throw new MintError(
        full ? 'DISK_FULL' : 'UNAVAILABLE',
        `${path}: cannot write the feature cache: ${full ? 'no space left on the disk; free some, or choose another folder' : oneLine(error)}.`,
        { cause: error },
      );
    }
  }
}

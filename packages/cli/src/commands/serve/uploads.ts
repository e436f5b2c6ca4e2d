import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import { MintError, oneLine } from '@mint/internal';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Files in one request. */
export const MAX_FILES = 16;

/** An image of a request. */
export interface UploadedImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Lets requests carry images. Their bodies stay unread until {@link uploaded} reads them, when there is room for them. */
export async function acceptImages(app: FastifyInstance, maxBytes: number): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^image\/|^application\/octet-stream/, (_, payload, done) => done(null, payload));
  await app.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: maxBytes, files: MAX_FILES, fields: 0, headerPairs: 20 },
  });
}

/**
 * The images in a request's body.
 *
 * @param enter - Called before an image is read; may refuse it.
 */
export async function* uploaded(
  request: FastifyRequest,
  maxBytes: number,
  enter: () => void,
): AsyncGenerator<UploadedImage> {
  if (!request.isMultipart()) {
    enter();
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    yield { name: 'body', bytes: await collect(body, maxBytes) };
    return;
  }
  let files = 0;
  const forms = request.files();
  for (;;) {
    const { value: file, done } = await forms.next().catch(brokenForm);
    if (done) break;
    files += 1;
    enter();
    yield { name: file.filename, bytes: await file.toBuffer().catch(brokenForm) };
  }
  if (files === 0)
    throw new MintError('INVALID_ARGUMENT', 'expected at least one file in the form, got none.');
}

/** Errors of the parser have a status when a limit is the reason, and none when the body is not a form. */
function brokenForm(error: unknown): never {
  if (typeof error === 'object' && error !== null && 'statusCode' in error) throw error;
  throw new MintError('INVALID_ARGUMENT', `the form cannot be read: ${oneLine(error)}.`, { cause: error });
}

async function collect(body: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop must not destroy the connection that carries the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > maxBytes)
      throw new MintError('IMAGE_TOO_LARGE', `body: the file is larger than the limit of ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

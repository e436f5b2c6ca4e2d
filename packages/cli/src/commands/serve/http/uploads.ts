import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import { MintError, oneLine } from '@mint/internal';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { compressed } from '../errors.js';
import type { Upload } from '../scoring/engine.js';
import type { Intake, Place } from './intake.js';

/** Files in one request. */
export const MAX_FILES = 16;

/** An image of a request, and its share of the limits. */
export interface Received extends Upload {
  readonly place: Place;
}

/** Lets requests carry images. Their bodies stay unread until {@link uploads} reads them, when there is room for them. */
export async function acceptImages(app: FastifyInstance, maxBytes: number): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^image\/|^application\/octet-stream/, (_, payload, done) => done(null, payload));
  await app.register(multipart, {
    // One byte more: who collects the file says what is wrong.
    throwFileSizeLimit: false,
    limits: { fileSize: maxBytes + 1, files: MAX_FILES, fields: 0, headerPairs: 20 },
  });
}

/**
 * The images in a request's body. The memory of a file is reserved before its first byte is read: the length of the body as far as
 * it is known, else the limit.
 *
 * @param onEnter - Gets each image's place as soon as it has one.
 */
export async function* uploads(
  request: FastifyRequest,
  { intake, maxBytes, onEnter }: { intake: Intake; maxBytes: number; onEnter: (place: Place) => void },
): AsyncGenerator<Received> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw compressed(encoding);
  const length = bodyLength(request);
  const enter = () => {
    const place = intake.enter(Math.min(length, maxBytes));
    onEnter(place);
    return place;
  };
  const receive = async (name: string, stream: Readable): Promise<Received> => {
    const place = enter();
    const bytes = await collect(name, stream, Math.min(length, maxBytes), maxBytes).catch(brokenForm);
    place.resize(bytes.length);
    return { name, bytes, place };
  };
  if (!request.isMultipart()) {
    if (length !== Number.POSITIVE_INFINITY && length > maxBytes) throw tooLarge('body', maxBytes);
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    yield receive('body', body);
    return;
  }
  let files = 0;
  const forms = request.files();
  for (;;) {
    const { value: file, done } = await forms.next().catch(brokenForm);
    if (done) break;
    files += 1;
    // A part of type application/octet-stream is a file even if it has no name.
    yield receive(file.filename || `file ${files}`, file.file);
  }
  if (files === 0)
    throw new MintError('INVALID_ARGUMENT', 'expected at least one file in the form, got none.');
}

/** Infinity when the client does not say; Node sees to it that a body is no longer than the client says. */
function bodyLength({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers['content-length'] ?? 0);
}

/** Errors of the parser have a status when a limit is the reason, and none when the body is not a form. */
function brokenForm(error: unknown): never {
  if (MintError.isInstance(error)) throw error;
  if (typeof error === 'object' && error !== null && 'statusCode' in error) throw error;
  throw new MintError('INVALID_ARGUMENT', `the body cannot be read: ${oneLine(error)}.`, { cause: error });
}

const tooLarge = (name: string, maxBytes: number) =>
  new MintError('IMAGE_TOO_LARGE', `${name}: the file is larger than the limit of ${maxBytes} bytes.`);

/** What a file of unknown length starts with. */
const FIRST = 2 ** 20;

/** Reads a file into memory of its own, at most `most` bytes; all at once where the client has said its length. */
async function collect(
  name: string,
  stream: Readable,
  most: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(most === maxBytes ? Math.min(FIRST, most) : most);
  let length = 0;
  // Leaving the loop must not destroy the connection that carries the answer.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    if (length + chunk.length > most) throw tooLarge(name, maxBytes);
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(2 * bytes.length, length + chunk.length)));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

import { MintError, type MintErrorCode, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';

/** An error with a status of its own, and a text that clients may read. */
export class Refusal extends MintError {
  readonly status: number;
  /** Seconds after which the client may try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: MintErrorCode, message: string, retryAfter?: number, cause?: unknown) {
    super(code, message, { cause });
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const busy = (images: number, bytes: number, retryAfter: number): Refusal =>
  new Refusal(
    429,
    'UNAVAILABLE',
    `${images} images of ${bytes} bytes are under way, and there is no room for more. Try again in ${retryAfter} s, or send fewer images at once.`,
    retryAfter,
  );

export const tooSlow = (): Refusal =>
  new Refusal(
    408,
    'UNAVAILABLE',
    'the request did not arrive in time. Send it faster, or start the server with a longer --timeout.',
  );

export const tooLate = (): Refusal =>
  new Refusal(
    503,
    'UNAVAILABLE',
    'the answer was not ready in time. Try again, or send fewer images at once.',
  );

export const outOfService = (): Refusal =>
  new Refusal(503, 'UNAVAILABLE', 'the server is out of service until its self-test passes.', 5);

export const notRecorded = (cause: unknown): Refusal =>
  new Refusal(
    503,
    'UNAVAILABLE',
    'the decision could not be recorded, so it is not given. Try again.',
    5,
    cause,
  );

export const stopping = (): Refusal =>
  new Refusal(503, 'UNAVAILABLE', 'the server is stopping and takes no more requests.');

/** Nobody reads this answer; it is counted in the metrics. */
export const gone = (): Refusal => new Refusal(499, 'UNAVAILABLE', 'the client has gone.');

export const compressed = (encoding: string): Refusal =>
  new Refusal(
    415,
    'UNREADABLE_IMAGE',
    `expected a body as it is, without Content-Encoding; it is '${encoding}'.`,
  );

export const unauthorized = (): Refusal =>
  new Refusal(
    401,
    'INVALID_ARGUMENT',
    'expected a valid token as Authorization: Bearer <token>; mint station token makes one.',
  );

export const forbidden = (name: string, role: string): Refusal =>
  new Refusal(403, 'INVALID_ARGUMENT', `the token of ${name} is not that of an ${role}.`);

export const foreignPage = (): Refusal =>
  new Refusal(
    403,
    'INVALID_ARGUMENT',
    'without --tokens, the server answers pages and programs of its own machine only: use its own address, or start it with --tokens.',
  );

export const noModels = (): Refusal =>
  new Refusal(
    409,
    'UNAVAILABLE',
    'the server was started with one model; start it with --models <folder> to change models.',
  );

export const noSuchModel = (message: string): Refusal => new Refusal(404, 'NOT_FOUND', message);

export const notLoaded = (cause: unknown): Refusal =>
  new Refusal(
    503,
    'UNAVAILABLE',
    'the model was not put into service: it cannot be loaded, or has not passed its self-test; the log says why. Nothing was changed.',
    undefined,
    cause,
  );

export const noRecord = (): Refusal =>
  new Refusal(
    409,
    'UNAVAILABLE',
    'the server keeps no record of its decisions; start it with --history <file.sqlite>.',
  );

export const recordFailed = (cause: unknown): Refusal =>
  new Refusal(503, 'UNAVAILABLE', 'the record of decisions could not be used. Try again.', 5, cause);

export const noSuchDecision = (id: number): Refusal =>
  new Refusal(404, 'NOT_FOUND', `the record has no decision ${id}.`);

export const noSuchClass = (name: string): Refusal =>
  new Refusal(404, 'NOT_FOUND', `the model does not know the class '${name}'.`);

export const noPicture = (): Refusal =>
  new Refusal(404, 'NOT_FOUND', 'no picture of this decision is kept; see --keep-images.');

export const noPage = (cause: unknown): Refusal =>
  new Refusal(
    503,
    'UNAVAILABLE',
    'the page is not there; run `npm run build`, or install the package again.',
    undefined,
    cause,
  );

export const noSuchPath = (method: string, url: string): Refusal =>
  new Refusal(404, 'NOT_FOUND', `there is no ${method} ${url}; see /openapi.json.`);

export const wrongMethod = (method: string, url: string, allowed: string): Refusal =>
  new Refusal(405, 'INVALID_ARGUMENT', `${url} takes ${allowed}, not ${method}; see /openapi.json.`);

/** What a client learns about an error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly error: {
    readonly code: MintErrorCode | 'UNEXPECTED';
    readonly message: string;
    /** From 500 up: the log has the details under this id. */
    readonly requestId?: string;
  };
}

/** Errors about what the client sent. Others are the server's own, whatever their code. */
const OF_MINT: Partial<Record<MintErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  IMAGE_TOO_LARGE: 413,
  UNREADABLE_IMAGE: 422,
};

/** Requests that the form's reader or Fastify refuse, by their codes. */
const OF_FASTIFY: Readonly<Record<string, readonly [number, MintErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'UNREADABLE_IMAGE',
    'expected files as multipart/form-data, or one image as image/* or application/octet-stream.',
  ],
  FST_FIELDS_LIMIT: [
    400,
    'INVALID_ARGUMENT',
    'expected a form with files only; the class goes into the query, ?class=.',
  ],
  FST_FILES_LIMIT: [
    413,
    'INVALID_ARGUMENT',
    'the request has too many files; /openapi.json says how many it may have.',
  ],
  FST_PARTS_LIMIT: [413, 'INVALID_ARGUMENT', 'the form has too many parts.'],
  FST_ERR_BAD_URL: [400, 'INVALID_ARGUMENT', 'the path is not valid percent-encoded UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: [400, 'INVALID_ARGUMENT', 'the path is too long.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'INVALID_ARGUMENT',
    'the body is not as long as Content-Length says.',
  ],
};

/** Requests that Node or Fastify refuse for another reason, by status. */
const OF_STATUS: Readonly<Record<number, readonly [MintErrorCode, string]>> = {
  400: ['INVALID_ARGUMENT', 'the request cannot be understood; see /openapi.json.'],
  404: ['NOT_FOUND', 'there is no such path; see /openapi.json.'],
  408: ['UNAVAILABLE', 'the request did not arrive in time.'],
  413: ['IMAGE_TOO_LARGE', 'the body is too large.'],
  415: ['UNREADABLE_IMAGE', 'the type of the body is not one that the server reads.'],
  431: ['INVALID_ARGUMENT', 'the headers are too long.'],
};

/**
 * Status and content of the answer to any error. From 500 up the text is fixed: only the log says more. The texts below it are
 * about what the client sent.
 */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof Refusal) return answer(error.status, error.code, error.message, requestId);
  if (MintError.isInstance(error)) {
    const status = OF_MINT[error.code];
    return status === undefined
      ? failed(requestId, error.code)
      : answer(status, error.code, error.message, requestId);
  }
  const fastify = OF_FASTIFY[errorCode(error) ?? ''];
  if (fastify !== undefined) return answer(...fastify, requestId);
  if (typeof error !== 'object' || error === null) return failed(requestId);
  if ('validation' in error) return answer(400, 'INVALID_ARGUMENT', `${oneLine(error)}.`, requestId);
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  const known = OF_STATUS[status];
  return known === undefined ? failed(requestId) : answer(status, ...known, requestId);
}

const failed = (requestId: string, code: MintErrorCode | 'UNEXPECTED' = 'UNEXPECTED') =>
  answer(500, code, 'the images could not be scored; the log of the server says why.', requestId);

function answer(
  status: number,
  code: MintErrorCode | 'UNEXPECTED',
  message: string,
  requestId: string,
): ErrorAnswer {
  return { status, error: status < 500 ? { code, message } : { code, message, requestId } };
}

import { MintError, type MintErrorCode, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';

/** An error with a status of its own. */
export class Refusal extends MintError {
  readonly status: number;
  /** Seconds after which the client may try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: MintErrorCode, message: string, retryAfter?: number) {
    super(code, message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const busy = (images: number, retryAfter: number): Refusal =>
  new Refusal(
    429,
    'UNAVAILABLE',
    `${images} images are under way, which is the limit. Try again in ${retryAfter} s, or send fewer images at once.`,
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

/** Nobody reads this answer; it is counted in the metrics. */
export const gone = (): Refusal => new Refusal(499, 'UNAVAILABLE', 'the client has gone.');

/** What a client learns about an error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: {
    readonly error: { readonly code: MintErrorCode | 'UNEXPECTED'; readonly message: string };
  };
}

const OF_MINT: Partial<Record<MintErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  IMAGE_TOO_LARGE: 413,
  UNREADABLE_IMAGE: 422,
  UNAVAILABLE: 503,
};

/** Codes for requests that Fastify and Node refuse themselves. */
const OF_STATUS: Readonly<Record<number, MintErrorCode>> = {
  400: 'INVALID_ARGUMENT',
  408: 'UNAVAILABLE',
  413: 'IMAGE_TOO_LARGE',
  415: 'UNREADABLE_IMAGE',
  431: 'INVALID_ARGUMENT',
  503: 'UNAVAILABLE',
};

/** Status and body for any error. Clients get no details of errors that they cannot fix. */
export function errorAnswer(error: unknown): ErrorAnswer {
  const answer = (status: number, code: MintErrorCode | 'UNEXPECTED', message: string): ErrorAnswer => ({
    status,
    body: { error: { code, message } },
  });
  if (error instanceof Refusal) return answer(error.status, error.code, error.message);
  if (MintError.isInstance(error)) return answer(OF_MINT[error.code] ?? 500, error.code, error.message);
  switch (errorCode(error)) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return answer(
        415,
        'UNREADABLE_IMAGE',
        'expected files as multipart/form-data, or one image as image/* or application/octet-stream.',
      );
    case 'FST_FIELDS_LIMIT':
      return answer(
        400,
        'INVALID_ARGUMENT',
        'expected a form with files only; the class goes into the query, ?class=.',
      );
    case 'FST_FILES_LIMIT':
      return answer(
        413,
        'INVALID_ARGUMENT',
        'the request has too many files; /openapi.json says how many it may have.',
      );
  }
  const status = statusOf(error);
  const code = OF_STATUS[status];
  if (code !== undefined) return answer(status, code, `${oneLine(error).replace(/\.$/, '')}.`);
  return answer(500, 'UNEXPECTED', 'the image could not be scored; see the log of the server.');
}

function statusOf(error: unknown): number {
  if (typeof error === 'object' && error !== null && 'statusCode' in error) return Number(error.statusCode);
  return 500;
}

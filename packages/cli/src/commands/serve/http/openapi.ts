import { version } from '../../../version.js';
import { modelPaths } from './model-paths.js';
import { stationPaths } from './station/openapi.js';

// The document at /openapi.json. The routes use the same schemas to check queries and to write answers.

const number = (description: string, more: object = {}) => ({ type: 'number', description, ...more });
const share = (description: string) => number(description, { minimum: 0, maximum: 1 });

export const QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    class: {
      type: 'string',
      description: 'Class of all images. Default: the recognised class of each image.',
    },
    heatmap: { type: 'boolean', default: false, description: 'Return a heat map of each image.' },
  },
} as const;

const pixels = (description: string) => number(`${description}, in pixels of the image.`, { minimum: 0 });

const REGION = {
  type: 'object',
  additionalProperties: false,
  required: ['box', 'area', 'areaPercent', 'extent', 'peak', 'mean', 'outline'],
  properties: {
    box: {
      type: 'array',
      items: { type: 'number' },
      minItems: 4,
      maxItems: 4,
      description: 'Left edge, upper edge, width and height, in pixels of the image.',
    },
    area: pixels('Area'),
    areaPercent: number("Share of the image's area in percent.", { minimum: 0, maximum: 100 }),
    areaMm2: number('Area in mm², where the size of a pixel is known.'),
    extent: pixels('Largest distance between two of its points'),
    extentMm: number('The same in mm.'),
    peak: number('Largest value of the anomaly map.'),
    mean: number('Mean value of the anomaly map.'),
    outline: {
      type: 'array',
      items: {
        type: 'array',
        items: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
      },
      description: 'Rings of [x, y] in pixels: the first goes round the outside, the others round holes.',
    },
  },
} as const;

const IMAGE = {
  type: 'object',
  additionalProperties: false,
  required: ['picture', 'score', 'decision'],
  properties: {
    picture: { type: 'string', description: 'Name of the file; `body` when the body is the image.' },
    score: number('How anomalous the image is; compare it with scores of the same class only.'),
    class: {
      type: 'string',
      description: 'The class whose limits were applied: the given class, or the recognised class.',
    },
    probability: share('Probability of that class.'),
    classP: share(
      'p-value of the out-of-distribution score among held-out good images of the class: low when the image shows another class.',
    ),
    p: share('p-value of the score among held-out good images of the class.'),
    decision: {
      type: 'string',
      enum: ['ok', 'review', 'alarm', 'unknown class', 'none'],
      description:
        '`review`: for people to look at, where the model has a review rate. `none`: the class has no limits.',
    },
    sizedPeak: number(
      'What was compared with the limit under a size rule: the peak of regions that are large enough.',
    ),
    regions: {
      type: 'array',
      items: REGION,
      description: 'Connected places above the limit, the highest peak first. Absent without limits.',
    },
    smallRegions: {
      type: 'array',
      items: REGION,
      description: 'Those that the size rule of the class hides.',
    },
    regionsNotListed: number('How many more there are than are listed.'),
    heatmap: {
      type: 'string',
      contentEncoding: 'base64',
      contentMediaType: 'image/png',
      description: 'PNG in base64: the image, the image under its heat map, and the scale.',
    },
  },
} as const;

const MODEL = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'hash'],
  description: 'The model that decided about all of them.',
  properties: {
    version: {
      type: 'string',
      description: '`<name>/<version>` in a folder of models; else the start of the hash.',
    },
    hash: { type: 'string', description: 'SHA-256 of its model.json.' },
  },
} as const;

const ANSWER = {
  type: 'object',
  additionalProperties: false,
  required: ['pictures', 'model', 'ms'],
  properties: {
    pictures: { type: 'array', items: IMAGE, description: 'In the order of the files.' },
    model: MODEL,
    ms: number('Milliseconds from the request to the last decision.'),
  },
} as const;

const ERROR = {
  type: 'object',
  additionalProperties: false,
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      additionalProperties: false,
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable: `UNREADABLE_IMAGE`, `INVALID_ARGUMENT`, …' },
        message: { type: 'string', description: 'Which file is wrong, why, and what was expected.' },
        requestId: {
          type: 'string',
          description: 'From status 500 up: the log of the server has the details under this id.',
        },
      },
    },
  },
} as const;

const HEALTH = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'classes'],
  properties: {
    status: { type: 'string', enum: ['ready', 'draining', 'failing'] },
    classes: { type: 'array', items: { type: 'string' }, description: 'Classes that the model knows.' },
  },
} as const;

/** Answers of each route by status, for Fastify. */
export const RESPONSES = {
  predict: { 200: ANSWER, '4xx': ERROR, '5xx': ERROR },
  health: { 200: HEALTH, 503: HEALTH },
} as const;

const json = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
});
const image = { schema: { type: 'string', contentMediaType: 'application/octet-stream' } };

const health = (operationId: string) => ({
  get: {
    operationId,
    summary: 'Whether images can be scored. Any answer means that the process is alive.',
    responses: {
      200: json('Ready.', HEALTH),
      503: json('Stopping, or out of service until the self-test passes.', HEALTH),
    },
  },
});

/** OpenAPI 3.1. @param maxFiles - Most files in a request. */
export function openApi(maxFiles: number): object {
  const error = (description: string) => json(description, ERROR);
  return {
    openapi: '3.1.0',
    info: { title: 'MINT', version, description: 'Visual anomaly detection: scores of images.' },
    paths: {
      '/v1/predict': {
        post: {
          operationId: 'predict',
          summary: 'Score images.',
          parameters: Object.entries(QUERY.properties).map(([name, { description, ...schema }]) => ({
            name,
            in: 'query',
            description,
            schema,
          })),
          requestBody: {
            required: true,
            content: {
              'multipart/form-data': {
                schema: {
                  type: 'object',
                  additionalProperties: {
                    type: 'array',
                    maxItems: maxFiles,
                    items: { type: 'string', contentMediaType: 'application/octet-stream' },
                  },
                  description: `At most ${maxFiles} files, under any field names.`,
                },
              },
              'image/*': image,
              'application/octet-stream': image,
            },
          },
          responses: {
            200: json('A result for each image.', ANSWER),
            400: error('Unknown class, no file, too many files, a broken request.'),
            408: error('The request did not arrive in time.'),
            413: error('Too many bytes or pixels.'),
            415: error('The content type is not that of an image, or the body is compressed.'),
            422: error('A file is not a complete PNG, JPEG, TIFF, WebP or BMP image. No image was scored.'),
            429: {
              ...error('Too many images, or bytes of images, are under way.'),
              headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
            },
            500: error('The images could not be scored.'),
            503: error('The answer was not ready in time, or the server is stopping or out of service.'),
          },
        },
      },
      ...stationPaths(error),
      ...modelPaths(error),
      '/healthz': health('health'),
      '/readyz': health('ready'),
      '/metrics': {
        get: {
          operationId: 'metrics',
          summary: 'Counters and times for Prometheus.',
          responses: {
            200: {
              description: 'Prometheus text.',
              content: { 'text/plain': { schema: { type: 'string' } } },
            },
          },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This document.',
          responses: { 200: json('OpenAPI 3.1.', { type: 'object' }) },
        },
      },
    },
  };
}

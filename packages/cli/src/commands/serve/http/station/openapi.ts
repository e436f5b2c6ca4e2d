import {
  CLASS_PARAMS,
  DECISION_PARAMS,
  DECISIONS_QUERY,
  LIMIT_BODY,
  LIVE_QUERY,
  PICTURE_PARAMS,
  TRIAL_QUERY,
  VERDICT_BODY,
} from './schemas.js';

interface Described {
  readonly properties: Readonly<Record<string, object>>;
}

export const parametersIn = (place: 'query' | 'path', { properties }: Described) =>
  Object.entries(properties).map(
    ([name, { description, ...schema }]: [string, { description?: string }]) => ({
      name,
      in: place,
      description,
      schema,
      ...(place === 'path' && { required: true }),
    }),
  );

export const body = (schema: object) => ({
  required: true,
  content: { 'application/json': { schema } },
});

export const json = (description: string) => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
});

const png = {
  description: 'PNG.',
  content: { 'image/png': { schema: { type: 'string', contentMediaType: 'image/png' } } },
};

/** Paths of the station's routes for `/openapi.json`. @param error - Describes an answer that is an error. */
export function stationPaths(error: (description: string) => object): object {
  const refused = {
    400: error('A broken request.'),
    401: error('No valid token, where the server has tokens.'),
  };
  const ofRecord = {
    ...refused,
    409: error('The server keeps no record; see `--history`.'),
    503: error('The record could not be used.'),
  };
  const missing = { 404: error('There is none.') };
  return {
    '/v1/station': {
      get: {
        operationId: 'station',
        summary: 'What the station is, and who asks.',
        responses: { 200: json('Name, classes, person.'), ...refused },
      },
    },
    ...feedPaths({ ...refused, ...missing }),
    ...recordPaths(ofRecord, missing),
    ...limitPaths(ofRecord, missing, error),
    '/v1/drift': {
      get: {
        operationId: 'drift',
        summary: 'Whether the images have changed since training, with the evidence.',
        responses: { 200: json('A state for each watched number of each class.'), ...refused },
      },
    },
  };
}

const feedPaths = (refused: object) => ({
  '/v1/decisions/live': {
    get: {
      operationId: 'live',
      summary: 'The newest decisions, the newest first. Ask again with `after` for those that came since.',
      parameters: parametersIn('query', LIVE_QUERY),
      responses: { 200: json('Decisions, and the number of the newest.'), ...refused },
    },
  },
  '/v1/decisions/live/{id}/{picture}': {
    get: {
      operationId: 'livePicture',
      summary: 'Image or heat of a decision that is still in memory.',
      parameters: parametersIn('path', PICTURE_PARAMS),
      responses: { 200: png, ...refused },
    },
  },
});

const recordPaths = (refused: object, missing: object) => ({
  '/v1/decisions': {
    get: {
      operationId: 'decisions',
      summary: 'Recorded decisions, the newest first.',
      parameters: parametersIn('query', DECISIONS_QUERY),
      responses: { 200: json('Decisions, and `next` where there are more.'), ...refused },
    },
  },
  '/v1/decisions/{id}': {
    get: {
      operationId: 'decision',
      summary: 'A recorded decision with its regions and the paths of its pictures.',
      parameters: parametersIn('path', DECISION_PARAMS),
      responses: { 200: json('The decision.'), ...refused, ...missing },
    },
  },
  '/v1/decisions/{id}/{picture}': {
    get: {
      operationId: 'picture',
      summary: 'Image or heat of a recorded decision.',
      parameters: parametersIn('path', PICTURE_PARAMS),
      responses: { 200: png, ...refused, ...missing },
    },
  },
  '/v1/decisions/{id}/verdict': {
    post: {
      operationId: 'judge',
      summary: 'Say what an image really shows. The last verdict on a decision counts.',
      parameters: parametersIn('path', DECISION_PARAMS),
      requestBody: body(VERDICT_BODY),
      responses: { 200: json('The verdict as it is recorded.'), ...refused, ...missing },
    },
  },
});

const limitPaths = (refused: object, missing: object, error: (description: string) => object) => ({
  '/v1/limits': {
    get: {
      operationId: 'limits',
      summary: 'The limits in force.',
      responses: { 200: json('Limits by class.') },
    },
  },
  '/v1/limits/{class}': {
    get: {
      operationId: 'tryLimits',
      summary: 'Recorded scores of a class, on which other limits can be tried.',
      parameters: [...parametersIn('path', CLASS_PARAMS), ...parametersIn('query', TRIAL_QUERY)],
      responses: { 200: json('Limits, scores, scores of judged images.'), ...refused, ...missing },
    },
    post: {
      operationId: 'setLimit',
      summary: 'Set the limit of a class. It holds for the next image; the audit notes who set it.',
      parameters: parametersIn('path', CLASS_PARAMS),
      requestBody: body(LIMIT_BODY),
      responses: {
        200: json('The limits of the class.'),
        ...refused,
        403: error('The token is not that of an engineer.'),
      },
    },
  },
});

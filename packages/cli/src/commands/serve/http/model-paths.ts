import { MODEL_PARAMS, SHADOW_BODY, VERSION_BODY } from './model-routes.js';
import { body, json, parametersIn } from './station/openapi.js';

/** Paths of the routes about models for `/openapi.json`. @param error - Describes an answer that is an error. */
export function modelPaths(error: (description: string) => object): object {
  const refused = {
    400: error('A broken request, or no version to go back to.'),
    401: error('No valid token, where the server has tokens.'),
    403: error('The token is not that of an engineer.'),
    404: error('There is no such model.'),
    409: error('The server was started with one model.'),
    503: error('The model cannot be loaded, or has not passed its self-test. Nothing was changed.'),
  };
  const changing = (operationId: string, summary: string, requestBody?: object) => ({
    post: {
      operationId,
      summary,
      parameters: parametersIn('path', MODEL_PARAMS),
      ...(requestBody && { requestBody: body(requestBody) }),
      responses: { 200: json('What is in service now.'), ...refused },
    },
  });
  return {
    '/v1/models': {
      get: {
        operationId: 'models',
        summary: 'The models that there are, and what each does.',
        responses: { 200: json('Name, version and state of each.') },
      },
    },
    '/v1/models/{name}/active': changing(
      'activateModel',
      'Put a version into service once it has passed its self-test. Requests under way are answered by the one before.',
      VERSION_BODY,
    ),
    '/v1/models/{name}/rollback': changing(
      'rollBackModel',
      'Put the version back that was in service before.',
    ),
    '/v1/models/{name}/shadow': changing(
      'setShadowModel',
      'Score a version beside the one in service, and record what it would have decided. `null` ends that.',
      SHADOW_BODY,
    ),
  };
}

import type { FastifyInstance } from 'fastify';
import type { ModelSwitch } from '../models/switch.js';

const MOST_BYTES = 4_096;
const NAME = { type: 'string', minLength: 1, maxLength: 200 } as const;
const VERSION = { ...NAME, description: 'Name of the folder of the version.' } as const;

export const MODEL_PARAMS = {
  type: 'object',
  required: ['name'],
  properties: { name: { ...NAME, description: 'Name of the folder of the model.' } },
} as const;
export const VERSION_BODY = {
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: { version: VERSION },
} as const;
export const SHADOW_BODY = {
  ...VERSION_BODY,
  properties: { version: { ...VERSION, type: ['string', 'null'] } },
} as const;

interface Named {
  readonly Params: { readonly name: string };
}

/** Adds the routes that say which models there are, and change which one is in service. */
export async function addModelRoutes(app: FastifyInstance, models: ModelSwitch): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: MOST_BYTES },
      scope.getDefaultJsonParser('error', 'error'),
    );
    scope.get('/v1/models', { config: { role: 'operator' } }, async () => ({ models: await models.list() }));
    const config = { role: 'engineer' } as const;
    scope.post<Named & { Body: { readonly version: string } }>(
      '/v1/models/:name/active',
      { config, schema: { params: MODEL_PARAMS, body: VERSION_BODY } },
      async ({ params, body, person }) => ({
        active: await models.activate({ ...params, ...body }, person.name),
      }),
    );
    scope.post<Named>(
      '/v1/models/:name/rollback',
      { config, schema: { params: MODEL_PARAMS } },
      async ({ params, person }) => ({ active: await models.rollBack(params.name, person.name) }),
    );
    scope.post<Named & { Body: { readonly version: string | null } }>(
      '/v1/models/:name/shadow',
      { config, schema: { params: MODEL_PARAMS, body: SHADOW_BODY } },
      async ({ params: { name }, body: { version }, person }) => {
        const shadow = version === null ? undefined : { name, version };
        await models.setShadow(shadow, person.name);
        return { shadow: shadow ?? null };
      },
    );
  });
}

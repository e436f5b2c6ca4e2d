// Queries and bodies of the station's routes; `/openapi.json` shows them too.

const DECISIONS = ['ok', 'review', 'alarm', 'unknown class', 'none', 'unreadable'];
const VERDICTS = ['good', 'defective', 'not sure'];

const text = (description: string) => ({ type: 'string', minLength: 1, maxLength: 200, description });
const line = (description: string) => ({ ...text(description), pattern: '^[^\\p{Cc}]*$' });
const count = (description: string, most: number, usual: number) => ({
  type: 'integer',
  minimum: 1,
  maximum: most,
  default: usual,
  description,
});
const id = {
  type: 'integer',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Number of the decision.',
};
const object = <T extends Readonly<Record<string, object>>>(
  properties: T,
  required: readonly string[] = [],
) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

export const LIVE_QUERY = object({
  after: { type: 'integer', minimum: 0, default: 0, description: '`last` of the answer before.' },
  limit: count('Most decisions.', 100, 24),
});

export const DECISIONS_QUERY = object({
  from: text('Earliest time: ISO 8601, or milliseconds since 1970-01-01 UTC.'),
  to: text('Time before which decisions lie, likewise.'),
  class: text('Class whose limits were applied.'),
  station: text('Station that made them.'),
  decision: { type: 'string', enum: DECISIONS, description: 'What was decided.' },
  verdict: {
    type: 'string',
    enum: [...VERDICTS, 'none'],
    description: 'Last verdict on it; `none`: nobody has judged it.',
  },
  after: { type: 'string', pattern: '^\\d{1,16}-\\d{1,16}$', description: '`next` of the page before.' },
  limit: count('Most decisions.', 500, 50),
});

export const DECISION_PARAMS = object({ id }, ['id']);
export const PICTURE_PARAMS = object(
  { id, picture: { type: 'string', enum: ['image', 'heat'], description: 'Which one.' } },
  ['id', 'picture'],
);

export const VERDICT_BODY = object(
  {
    verdict: { type: 'string', enum: VERDICTS, description: 'What the image shows.' },
    kind: line('Kind of defect, such as `scratch`; of a defective image only.'),
    person: line('Who says so, where the server has no tokens. The name of a token goes before it.'),
  },
  ['verdict'],
);

export const CLASS_PARAMS = object({ class: text('A class of the model.') }, ['class']);
export const TRIAL_QUERY = object({ days: count('Days of recorded scores.', 366, 7) });
export const LIMIT_BODY = object(
  {
    limit: {
      type: ['number', 'null'],
      minimum: 0,
      description: 'Scores above it raise an alarm. `null`: the calibrated limit again.',
    },
  },
  ['limit'],
);

import type { ClassLimits, LimitBody, LimitsAnswer, LimitTrial } from '@mint/station-page';
import type { FastifyInstance } from 'fastify';
import { assertClass } from '../../../../scoring/decisions.js';
import type { Recorder } from '../../../../scoring/recorder.js';
import type { Person } from '../../access/access.js';
import { noSuchClass, recordFailed } from '../../errors.js';
import type { Service } from '../../scoring/service.js';
import { fromRecord, recordOf } from './record-access.js';
import { CLASS_PARAMS, LIMIT_BODY, TRIAL_QUERY } from './schemas.js';

const DAY = 86_400_000;

/** Scores that an answer gives one by one: the highest. */
const MOST_SCORES = 20_000;

/** Judged images of each verdict that an answer takes into account: the newest. */
const MOST_JUDGED = 1_000;

const BINS = 60;

/** Adds the routes that show limits, try others on recorded scores, and set them. */
export function addLimitRoutes(
  app: FastifyInstance,
  engine: Service,
  recorder: Recorder | undefined,
  say: (text: string) => void,
): void {
  app.get('/v1/limits', { config: { role: 'operator' } }, async (): Promise<LimitsAnswer> => {
    const { alpha, limits } = await engine.state();
    return { alpha, limits };
  });
  app.get<{ Params: { readonly class: string }; Querystring: { readonly days: number } }>(
    '/v1/limits/:class',
    { config: { role: 'operator' }, schema: { params: CLASS_PARAMS, querystring: TRIAL_QUERY } },
    async ({ params, query }): Promise<LimitTrial> => {
      const { alpha, limits } = await engine.state();
      const own = limitsOfClass(limits, params.class);
      return { ...own, alpha, ...(await trialOf(recordOf(recorder), own, query.days)) };
    },
  );
  app.post<{ Params: { readonly class: string }; Body: LimitBody }>(
    '/v1/limits/:class',
    { config: { role: 'engineer' }, schema: { params: CLASS_PARAMS, body: LIMIT_BODY } },
    async ({ params, body, person }): Promise<ClassLimits> => {
      assertClass(engine.model.classes, params.class);
      return await setLimit({ engine, recorder, say }, params.class, body.limit ?? undefined, person);
    },
  );
}

function limitsOfClass(limits: readonly ClassLimits[], name: string): ClassLimits {
  const found = limits.find((one) => one.class === name);
  if (found === undefined) throw noSuchClass(name);
  return found;
}

/** What people compare with the limit: scores, or peaks under a size rule. */
async function comparedScores({ history }: Recorder, { class: className, sized }: ClassLimits, from: number) {
  if (!sized) return await history.scores({ className, from });
  const peaks: number[] = [];
  for await (const decision of history.all({ className, from })) peaks.push(...comparedOf(decision, true));
  return Float64Array.from(peaks).sort();
}

type Scored = {
  readonly score?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
};

function comparedOf({ score, details }: Scored, sized: boolean): number[] {
  const value = sized ? details?.sizedPeak : score;
  return typeof value === 'number' ? [value] : [];
}

type Trial = Pick<LimitTrial, 'days' | 'scores' | 'recorded' | 'bins' | 'judged'>;

async function trialOf(recorder: Recorder, limits: ClassLimits, days: number): Promise<Trial> {
  const from = Date.now() - days * DAY;
  const scores = await fromRecord(comparedScores(recorder, limits, from));
  const judged = async (verdict: 'good' | 'defective') => {
    const filter = { className: limits.class, from, verdict };
    const found = await fromRecord(recorder.history.list(filter, { limit: MOST_JUDGED }));
    return found.flatMap((one) => comparedOf(one, limits.sized));
  };
  return {
    days,
    recorded: scores.length,
    scores: [...scores.slice(-MOST_SCORES)],
    bins: binsOf(scores),
    judged: { good: await judged('good'), defective: await judged('defective') },
  };
}

/** Counts of ascending scores in steps of equal width. */
function binsOf(scores: Float64Array): LimitTrial['bins'] {
  const [low, high] = [scores[0] ?? 0, scores.at(-1) ?? 1];
  const counts = Array<number>(BINS).fill(0);
  for (const score of scores) {
    const bin = Math.min(BINS - 1, Math.floor(((score - low) / (high - low || 1)) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, high, counts };
}

/** Sets a limit and notes who did it. Without the note the limit does not change. */
async function setLimit(
  { engine, recorder, say }: { engine: Service; recorder: Recorder | undefined; say: (text: string) => void },
  name: string,
  limit: number | undefined,
  { name: person }: Person,
): Promise<ClassLimits> {
  const before = limitsOfClass((await engine.state()).limits, name);
  const after = limitsOfClass((await engine.setLimit({ class: name, limit })).limits, name);
  const details = { class: name, from: before.limit, to: after.limit };
  try {
    await recorder?.history.addAudit({
      time: Date.now(),
      station: recorder.station,
      person,
      action: 'limits',
      details,
    });
  } catch (error) {
    await engine.setLimit({ class: name, limit: before.limit });
    throw recordFailed(error);
  }
  say(`${person} has changed the limit of ${name} from ${before.limit} to ${after.limit}`);
  return after;
}

import * as z from 'zod';

export const count = z.int().min(0);

/** A part of a batch, as its submitter cuts it. */
export interface Cut {
  /** What the handler gets: references to images, or whatever says which images it is about. */
  readonly items: readonly string[];
  /** How many images these are. */
  readonly images: number;
  /** Images of each source, for limits of their rate. @defaultValue no source */
  readonly sources?: Readonly<Record<string, number>> | undefined;
}

/** A job as it lies in Redis: references only. */
export const jobSchema = z.object({
  batch: z.string(),
  /** Number in its batch, from 0. */
  n: count,
  /** Beginning that all items share. */
  start: z.string(),
  /** The rest of each item. */
  rest: z.array(z.string()),
  images: count,
  sources: z.record(z.string(), count).optional(),
  /** Its result is replaced. */
  again: z.boolean().optional(),
  /** How often it was done again. */
  round: count.optional(),
});

export type JobData = z.output<typeof jobSchema>;

/**
 * Cuts a list into jobs of equal size; the last may be smaller.
 *
 * @param size - Images in a job. A multiple of the images that go through a network at once, so that these are the same as in
 * one process.
 * @param sourceOf - Where an image comes from; sources are listed in the jobs when this is given.
 */
export function* cut(
  items: readonly string[],
  size: number,
  sourceOf?: ((item: string) => string) | undefined,
): Generator<Cut> {
  for (let at = 0; at < items.length; at += size) {
    const part = items.slice(at, at + size);
    yield { items: part, images: part.length, sources: sourceOf && countBy(part, sourceOf) };
  }
}

function countBy(items: readonly string[], keyOf: (item: string) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const key of items.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** A job for Redis. What its items begin with is stored once. */
export function packed(batch: string, n: number, { items, images, sources }: Cut): JobData {
  const start = sharedStart(items);
  return { batch, n, start, rest: items.map((item) => item.slice(start.length)), images, sources };
}

/** The items of a job. */
export const itemsOf = ({ start, rest }: Pick<JobData, 'start' | 'rest'>): string[] =>
  rest.map((end) => start + end);

function sharedStart([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, length);
}

/** Name of a job in its queue. A job that replaces results has a name of its own. */
export const jobName = (batch: string, n: number, round = 0): string =>
  round === 0 ? `${batch}-${n}` : `${batch}-${n}-again-${round}`;

/** The batch of a job, by its name. */
export const batchOfJob = (name: string): string => name.split('-', 1)[0] ?? '';

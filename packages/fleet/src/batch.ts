import { sha256 } from '@mint/internal/node';
import * as z from 'zod';
import { count } from './jobs.js';

/** Who goes first: images of a line that waits for its decisions, or an archive that has time. */
export type Priority = 'line' | 'archive';

/** What is to be done with many images, as it lies in Redis and, as `batch.json`, beside the results. */
export interface Batch {
  /** 16 hexadecimal digits, see {@link batchId}. */
  readonly id: string;
  /** What is done with each image: the name of a {@link Handler}. */
  readonly kind: string;
  /** Version of the program that submitted it. */
  readonly version: string;
  /** Store of the results. @defaultValue none: the handler keeps them, each once however often its job is done */
  readonly out?: string | undefined;
  /** How many images it has. */
  readonly images: number;
  /** How many jobs it has. */
  readonly jobs: number;
  /** Whether it goes before others. */
  readonly priority: Priority;
  /** Most images a second that all workers together read from each source. @defaultValue no limit */
  readonly rate?: number | undefined;
  /** What else the handler needs; the handler checks it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** When it was submitted, in milliseconds since 1970-01-01 UTC. */
  readonly submitted: number;
  /** When its results were complete; absent before. */
  readonly finished?: number | undefined;
}

export const batchSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  kind: z.string(),
  version: z.string(),
  out: z.string().optional(),
  images: count,
  jobs: count,
  priority: z.enum(['line', 'archive']),
  rate: z.number().positive().optional(),
  settings: z.record(z.string(), z.unknown()),
  submitted: count,
  finished: count.optional(),
}) satisfies z.ZodType<Batch>;

/** What identifies a batch: the same images with the same settings into the same store are the same batch. */
export type BatchContent = Pick<Batch, 'kind' | 'out' | 'settings'>;

/** The id of a batch: 16 hexadecimal digits that follow from what is done with which images. */
export function batchId(content: BatchContent, items: Iterable<string>): string {
  const { kind, out, settings } = content;
  return sha256(JSON.stringify([kind, out, settings]), sha256(...withEnds(items))).slice(0, 16);
}

function* withEnds(items: Iterable<string>): Generator<string> {
  for (const item of items) yield `${item.length}:${item}`;
}

/** An image in its batch, in 32 hexadecimal digits: what it is recorded under, so that no batch records it twice. */
export const imageKey = (batch: string, item: string): string => `${batch}-${sha256(item).slice(0, 32)}`;

/** Programs work together when this part of their versions is equal. */
export const majorOf = (version: string): string => version.split('.', 1)[0] ?? '';

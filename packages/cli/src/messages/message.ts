import { z } from 'zod';
import { type ModelId, versionOf } from '../scoring/model-id.js';
import type { Recordable } from '../scoring/recorder.js';

const name = (text: string) => z.string().describe(text);
const number = (text: string) => z.number().describe(text);

const REGION = z.object({
  box: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .describe('left, top, width and height in pixels of the image'),
  areaPercent: number("share of the image's area in percent"),
  areaMm2: number('area in mm², where the size of a pixel is known').optional(),
  peak: number('largest value of the anomaly map'),
});

/** One decision, as MQTT and webhooks send it. New keys may come; these stay. */
export const MESSAGE = z
  .object({
    schema: z.literal('mint.decision.1').describe('name and version of this form'),
    id: z.number().int().nullable().describe('number in the record of decisions; null where there is none'),
    time: z.iso.datetime().describe('when it was decided, in UTC'),
    station: name('name of the station'),
    source: name('where the image came from: a path, an address, the name that a client gave'),
    imageHash: name('SHA-256 of the image file; empty when it could not be read'),
    decision: z
      .enum(['ok', 'review', 'alarm', 'unknown class', 'none', 'unreadable'])
      .describe('what was decided'),
    class: name('the class whose limits were applied').optional(),
    score: number('how anomalous the image is').optional(),
    p: z
      .number()
      .min(0)
      .max(1)
      .describe('p-value of the score among held-out good images of the class')
      .optional(),
    limit: number('scores above it raise an alarm').optional(),
    regions: z
      .array(REGION)
      .max(10)
      .describe('places above the limit, the highest peak first, at most 10')
      .optional(),
    model: z.object({
      version: name('`<name>/<version>`, or the start of the hash'),
      hash: name('SHA-256 of its model.json'),
    }),
    milliseconds: number('from the image to the decision'),
  })
  .describe('A decision of a MINT station about one image.');

/** A message; see {@link MESSAGE}. */
export type Message = z.infer<typeof MESSAGE>;

/** The JSON Schema of a message. */
export const messageSchema = (): object => z.toJSONSchema(MESSAGE);

const MOST_REGIONS = 10;

/** The message about a decision. */
export function messageOf(
  {
    source,
    imageHash,
    decision: result,
    milliseconds,
    picture,
    model,
  }: Recordable & { readonly model: ModelId },
  { id, station }: { readonly id: number | undefined; readonly station: string },
): Message {
  const { decision, class: className, score, p, regions } = result;
  return {
    schema: 'mint.decision.1',
    id: id ?? null,
    time: new Date().toISOString(),
    station,
    source,
    imageHash,
    decision,
    class: className,
    score,
    p,
    limit: picture?.limit,
    regions: regions?.slice(0, MOST_REGIONS).map(({ box, areaPercent, areaMm2, peak }) => ({
      box: [...box] as [number, number, number, number],
      areaPercent,
      areaMm2,
      peak,
    })),
    model: { version: versionOf(model), hash: model.hash },
    milliseconds,
  };
}

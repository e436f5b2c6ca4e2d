import type { JudgedAs, LiveAnswer, LiveDecision } from '@mint/station-page';
import { type Picture, type PicturePngs, pictureBytes, picturePngs } from '../../../../output/picture.js';

/** Bytes of the newest decisions that a server keeps in memory. */
export const RECENT_BYTES = 64_000_000;

/** Decisions that it keeps, however small they are. */
const RECENT_DECISIONS = 500;

/** Bytes of a point of an outline in memory, and of the rest of a decision: generous. */
const [POINT, REST] = [100, 2_000];

interface Entry {
  decision: LiveDecision;
  /** Compressed when somebody looks at it. */
  picture: Picture | PicturePngs;
  bytes: number;
}

/** The newest decisions, with pictures to look at. What is older than the bounds is forgotten. */
export class Recent {
  readonly #most: number;
  readonly #entries: Entry[] = [];
  #last = 0;
  #bytes = 0;

  /** @param most - Bytes. */
  constructor(most = RECENT_BYTES) {
    this.#most = most;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  add(decision: Omit<LiveDecision, 'number' | 'pictures'>, picture: Picture): void {
    const number = ++this.#last;
    const path = `/v1/decisions/live/${number}`;
    const heat = picture.heat && `${path}/heat`;
    const bytes = pictureBytes(picture) + decisionBytes(decision);
    this.#entries.push({
      decision: { ...decision, number, pictures: { image: `${path}/image`, heat } },
      picture,
      bytes,
    });
    this.#bytes += bytes;
    while (this.#bytes > this.#most || this.#entries.length > RECENT_DECISIONS)
      this.#bytes -= this.#entries.shift()?.bytes ?? 0;
  }

  /** Decisions after this one, the newest first, at most `limit`. */
  after(number: number, limit: number): LiveAnswer {
    const newest = this.#entries.slice(-limit).reverse();
    return {
      decisions: newest.flatMap(({ decision }) => (decision.number > number ? [decision] : [])),
      last: this.#last,
    };
  }

  /** Notes a verdict on a recorded decision. */
  judged(id: number, verdict: JudgedAs): void {
    const entry = this.#entries.findLast(({ decision }) => decision.id === id);
    if (entry !== undefined) entry.decision = { ...entry.decision, verdict };
  }

  /** Picture of a decision by its number here; undefined when it is forgotten. */
  async pngs(number: number): Promise<PicturePngs | undefined> {
    return await this.#compressed(this.#entries.find(({ decision }) => decision.number === number));
  }

  /** Picture of a decision by its number in the record. */
  async pngsOfRecorded(id: number): Promise<PicturePngs | undefined> {
    return await this.#compressed(this.#entries.findLast(({ decision }) => decision.id === id));
  }

  async #compressed(entry: Entry | undefined): Promise<PicturePngs | undefined> {
    if (entry === undefined) return undefined;
    const { picture } = entry;
    if (!('pixels' in picture)) return picture;
    const pngs = await picturePngs(picture);
    // Two requests may have done it, and the entry may be forgotten meanwhile.
    if ('pixels' in entry.picture && this.#entries.includes(entry)) {
      const bytes = pngs.image.length + (pngs.heat?.length ?? 0) + decisionBytes(entry.decision);
      this.#bytes += bytes - entry.bytes;
      Object.assign(entry, { picture: pngs, bytes });
    }
    return pngs;
  }
}

function decisionBytes({ regions = [], smallRegions = [] }: Omit<LiveDecision, 'number'>): number {
  const rings = [...regions, ...smallRegions].flatMap(({ outline }) => outline);
  return REST + POINT * rings.reduce((sum, ring) => sum + ring.length, 0);
}

import { oneLine } from '@mint/internal';
import { assertClass } from '../../../scoring/decisions.js';
import type { ModelId } from '../../../scoring/model-id.js';
import type { Engine, EngineState, ModelFacts, NewLimit, Question, Upload } from './engine.js';
import { Station, type StationOptions, type StationResult } from './station.js';

/** What {@link Service.score} finds out. */
export interface ServiceResult extends StationResult {
  /** The model that decided. */
  readonly model: ModelId;
}

/** An image that is kept for the model beside the one that decides. */
export interface ShadowCopy {
  /** Scores it. Undefined when that fails: then it is said. */
  readonly score: () => Promise<ServiceResult | undefined>;
  /** The image will not be scored. */
  readonly drop: () => void;
}

interface Running {
  readonly engine: Engine;
  readonly station: Station;
  id: ModelId;
}

/** Copies of images that wait for the model beside the one that decides; more are not compared. */
export const MOST_SHADOWED = 8;

/**
 * The model in service, which can be replaced while requests are under way: an image belongs to the model that was in service when
 * its turn in the queue began, and that model answers it before it is closed. A second model may be scored beside it.
 */
export class Service {
  readonly #options: StationOptions;
  #active: Running;
  #shadow: Running | undefined;
  #shadowed = 0;
  #skipped = 0;
  readonly #leaving = new Set<Promise<void>>();

  /** @param first - Loaded, warm, its self-test passed; so is every engine that comes after it. */
  constructor(first: Engine, options: StationOptions) {
    this.#options = options;
    this.#active = this.#run(first);
  }

  get id(): ModelId {
    return this.#active.id;
  }

  get shadowId(): ModelId | undefined {
    return this.#shadow?.id;
  }

  get model(): ModelFacts {
    return this.#active.engine.model;
  }

  get waiting(): number {
    return this.#active.station.waiting;
  }

  get inService(): boolean {
    return this.#active.station.inService;
  }

  /** Images that were not compared, since too many were waiting. */
  get skipped(): number {
    return this.#skipped;
  }

  /** As `Station.score`. Calls in one turn of the event loop go to one model. */
  score(upload: Upload, question: Question, signal: AbortSignal): Promise<ServiceResult> {
    return scoreBy(this.#active, upload, question, signal);
  }

  state(): Promise<EngineState> {
    return this.#active.engine.state();
  }

  async setLimit(limit: NewLimit): Promise<EngineState> {
    const running = this.#active;
    const state = await running.engine.setLimit(limit);
    running.id = await running.engine.identify();
    return state;
  }

  /** Puts a model in place of another, which answers what it has taken and is closed. */
  replace(next: Engine): void {
    const before = this.#active;
    this.#active = this.#run(next);
    this.#retire(before);
  }

  /** Scores a model beside the one that decides; undefined: none. */
  setShadow(next: Engine | undefined): void {
    const before = this.#shadow;
    this.#shadow = next && this.#run(next);
    if (before !== undefined) this.#retire(before);
  }

  /** A copy of an image for the model beside; undefined when there is none, or it is busy. */
  copyForShadow({ name, bytes }: Upload, question: Question): ShadowCopy | undefined {
    const shadow = this.#shadow;
    if (shadow === undefined) return undefined;
    if (this.#shadowed >= MOST_SHADOWED) {
      this.#skipped += 1;
      return undefined;
    }
    const copy: Upload = { name, bytes: bytes.slice() };
    this.#shadowed += 1;
    const drop = () => {
      this.#shadowed -= 1;
    };
    return {
      drop,
      score: async () => {
        try {
          const asked = { ...question, heatmap: false };
          return await scoreBy(shadow, copy, asked, new AbortController().signal);
        } catch (error) {
          this.#options.say(`the shadow model has not scored an image: ${oneLine(error)}`);
          return undefined;
        } finally {
          drop();
        }
      },
    };
  }

  /** Work that is to end before the server does. */
  alongside(work: Promise<void>): void {
    const ending = work.finally(() => this.#leaving.delete(ending));
    this.#leaving.add(ending);
  }

  /** Finishes what waits, and closes the engines. */
  async close(): Promise<void> {
    this.#retire(this.#active);
    if (this.#shadow !== undefined) this.#retire(this.#shadow);
    while (this.#leaving.size > 0) await Promise.allSettled(this.#leaving);
  }

  #run(engine: Engine): Running {
    return { engine, id: engine.model.id, station: new Station(engine, this.#options) };
  }

  #retire({ station, engine, id }: Running): void {
    const { say } = this.#options;
    this.alongside(
      station
        .close()
        .then(() => engine.close())
        .catch((error) => say(`model ${id.version} was not closed: ${oneLine(error)}`)),
    );
  }
}

/** Not `async`: the image is in the model's queue when this returns. */
function scoreBy(
  { engine, station, id }: Running,
  upload: Upload,
  question: Question,
  signal: AbortSignal,
): Promise<ServiceResult> {
  try {
    assertClass(engine.model.classes, question.className);
  } catch (error) {
    return Promise.reject(error);
  }
  return station.score(upload, question, signal).then((result) => ({ ...result, model: id }));
}

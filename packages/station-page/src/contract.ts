// What the page and the server say to each other. The server's routes and the page import these types, so neither declares them again.

/** What was decided about an image. */
export type DecisionName = 'ok' | 'review' | 'alarm' | 'unknown class' | 'none' | 'unreadable';

/** What a person says about it. */
export type VerdictName = 'good' | 'defective' | 'not sure';

/** `GET /v1/station`: what the page needs to know first. */
export interface StationFacts {
  /** Name of the station in its record. */
  readonly station: string;
  /** Classes that the model knows. */
  readonly classes: readonly string[];
  /** Whether decisions are recorded: without a record there is no history, and nobody can judge. */
  readonly recorded: boolean;
  /** Who asks, and what they may do. */
  readonly person: { readonly name: string; readonly role: 'operator' | 'engineer' };
  /** Kinds of defects that people have named lately. */
  readonly kinds: readonly string[];
}

/** A person's verdict. */
export interface JudgedAs {
  readonly verdict: VerdictName;
  readonly kind?: string | undefined;
  readonly person: string;
  /** In milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

/** A place above the limit. */
export interface MarkedRegion {
  /** Rings of [x, y] in pixels of the image. */
  readonly outline: readonly (readonly (readonly [x: number, y: number])[])[];
}

/** A decision as the page shows it. */
export interface ShownDecision {
  /** Number in the record; absent where it is not recorded. */
  readonly id?: number | undefined;
  /** In milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  readonly station: string;
  /** Where the image came from. */
  readonly source: string;
  readonly imageHash: string;
  readonly decision: DecisionName;
  readonly class?: string | undefined;
  readonly score?: number | undefined;
  readonly p?: number | undefined;
  /** Scores above it raised an alarm. */
  readonly limit?: number | undefined;
  readonly regions?: readonly MarkedRegion[] | undefined;
  /** Those that are too small to count. */
  readonly smallRegions?: readonly MarkedRegion[] | undefined;
  /** Part of the image that the pictures show: left, top, width and height in its pixels. */
  readonly frame?: readonly [left: number, top: number, width: number, height: number] | undefined;
  /** Path of the image, and of its heat, which lies over it; absent where they are not kept. */
  readonly pictures?: { readonly image?: string | undefined; readonly heat?: string | undefined } | undefined;
  readonly milliseconds: number;
  readonly modelVersion?: string | undefined;
  readonly verdict?: JudgedAs | undefined;
}

/** A decision of the feed. */
export interface LiveDecision extends ShownDecision {
  /** Counts the decisions since the server started. */
  readonly number: number;
}

/** `GET /v1/decisions/live?after=`: the newest decisions, the newest first. */
export interface LiveAnswer {
  readonly decisions: readonly LiveDecision[];
  /** Number of the newest decision: what `after` is in the next request. */
  readonly last: number;
}

/** `GET /v1/decisions`: a page of the record, the newest first. */
export interface DecisionsAnswer {
  readonly decisions: readonly ShownDecision[];
  /** What `after` is for the next page; absent at the end. */
  readonly next?: string | undefined;
}

/** Body of `POST /v1/decisions/:id/verdict`. */
export interface VerdictBody {
  readonly verdict: VerdictName;
  readonly kind?: string | undefined;
  /** Who says so, where there are no tokens. A token's name goes before it. */
  readonly person?: string | undefined;
}

/** Limits of a class. */
export interface ClassLimits {
  readonly class: string;
  /** Scores above it raise an alarm; absent where the class has no limits. */
  readonly limit?: number | undefined;
  /** Scores above it are for people to look at. */
  readonly review?: number | undefined;
  /** The limit that its held-out good images give at the model's rate of false alarms. */
  readonly calibrated?: number | undefined;
  /** Number of those images. */
  readonly heldOut: number;
  /** Whether the class has a size rule: its peaks are then compared instead of its scores. */
  readonly sized: boolean;
}

/** `GET /v1/limits`. */
export interface LimitsAnswer {
  /** Share of good images that may raise an alarm; absent without calibration. */
  readonly alpha?: number | undefined;
  readonly limits: readonly ClassLimits[];
}

/** `GET /v1/limits/:class?days=`: what other limits would have done. */
export interface LimitTrial extends ClassLimits {
  readonly alpha?: number | undefined;
  readonly days: number;
  /** How many scores were recorded in those days. */
  readonly recorded: number;
  /** The highest of them, in ascending order: all, where there are at most 20,000. */
  readonly scores: readonly number[];
  /** Counts of all in steps of equal width. */
  readonly bins: { readonly low: number; readonly high: number; readonly counts: readonly number[] };
  /** Scores of those that people judged, of each at most the newest 1,000. */
  readonly judged: { readonly good: readonly number[]; readonly defective: readonly number[] };
}

/** Body of `POST /v1/limits/:class`. `null` gives back the calibrated limit. */
export interface LimitBody {
  readonly limit: number | null;
}

/** One watched number of a class. */
export interface DriftState {
  readonly class: string;
  readonly of: 'score' | 'oodScore' | 'brightness';
  /** Images since the watch began. */
  readonly images: number;
  /** Factor by which a fair bet against "nothing has changed" has grown. */
  readonly evidence: number;
  /** Evidence that is reported. */
  readonly reportedFrom: number;
  /** Whether it was reported. */
  readonly drifted: boolean;
}

/** `GET /v1/drift`. */
export interface DriftAnswer {
  readonly drift: readonly DriftState[];
}

/** One version of the model, as `GET /v1/models` lists it. */
export interface ModelVersion {
  readonly name: string;
  readonly version?: string | undefined;
  readonly state: 'active' | 'shadow' | 'ready to load';
}

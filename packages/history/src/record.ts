/** What a model decided about an image, as `mint predict` and `mint serve` print it. */
export type RecordedDecision = 'ok' | 'review' | 'alarm' | 'unknown class' | 'none' | 'unreadable';

/** One decision, as it is written. */
export interface DecisionRecord {
  /** When the decision was made, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Which station made it, such as `line-3`. */
  readonly station: string;
  /** SHA-256 of the image file in lower-case hexadecimal. */
  readonly imageHash: string;
  /** Where the image came from: a path, a URL, or the name that a client gave. */
  readonly source: string;
  /** What was decided. */
  readonly decision: RecordedDecision;
  /** The class whose limits were applied. */
  readonly className?: string | undefined;
  /** In units of the anomaly map; larger is more anomalous. */
  readonly score?: number | undefined;
  /** p-value of the score among held-out good images of the class, in [0, 1]. */
  readonly p?: number | undefined;
  /** What else is kept, as JSON: regions, limits, reasons. @defaultValue none */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** SHA-256 of the model's weights, or another name that no other model has. */
  readonly modelHash: string;
  /** Name of the model's version, such as `2026-11-30`. */
  readonly modelVersion?: string | undefined;
  /** Time from image to decision in milliseconds. */
  readonly milliseconds: number;
  /** A name that no other decision has: a second decision of that name is not recorded. @defaultValue none */
  readonly key?: string | undefined;
}

/** A decision as it is read, with the last verdict on it. */
export interface StoredDecision extends DecisionRecord {
  /** Increases in the order of writing. */
  readonly id: number;
  /** The last one, if somebody has judged it. */
  readonly verdict?: Verdict | undefined;
}

/** What people can say about an image. */
export const VERDICTS = ['good', 'defective', 'not sure'] as const;

/** What a person says about an image. */
export interface Verdict {
  /** What the image shows. */
  readonly verdict: (typeof VERDICTS)[number];
  /** Kind of defect, such as `scratch`. */
  readonly kind?: string | undefined;
  /** Who says so. */
  readonly person: string;
  /** In milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

/** An image kept beside a decision. */
export interface StoredImage {
  /** Number of the decision that it belongs to. */
  readonly decisionId: number;
  /** What it shows. */
  readonly kind: 'thumbnail' | 'anomaly map';
  /** Media type, such as `image/jpeg`. */
  readonly type: string;
  /** The file. */
  readonly bytes: Uint8Array;
}

/** A change that a person made to what decides. */
export interface AuditEntry {
  /** In milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Station that was changed. */
  readonly station: string;
  /** Who did it. */
  readonly person: string;
  /** What was changed. */
  readonly action: 'limits' | 'region of interest' | 'model' | 'shadow model';
  /** From what to what, as JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

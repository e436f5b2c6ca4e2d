import type { Generated } from 'kysely';
import type { AuditEntry, RecordedDecision, StoredImage, Verdict } from './record.js';

/** Lengths of the stretches that decisions are counted by, in milliseconds. */
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The tables. Optional values are null; `details` is JSON text. */
export interface Tables {
  decisions: {
    id: Generated<number>;
    time: number;
    station: string;
    image_hash: string;
    source: string;
    class: string | null;
    score: number | null;
    p: number | null;
    decision: RecordedDecision;
    details: string | null;
    model_hash: string;
    model_version: string | null;
    milliseconds: number;
    /** Unique where it is not null. */
    key: string | null;
  };
  /** Number of decisions by hour, kept with the decisions in one transaction: counts over years stay quick. */
  hourly: {
    /** Start of the hour, in milliseconds since 1970-01-01 UTC. */
    hour: number;
    station: string;
    /** Empty: no class. */
    class: string;
    decision: RecordedDecision;
    model_hash: string;
    count: number;
  };
  /** The same by day of UTC and without the model, so that years are counted from few rows. */
  daily: {
    /** Start of the day, in milliseconds since 1970-01-01 UTC. */
    day: number;
    station: string;
    /** Empty: no class. */
    class: string;
    decision: RecordedDecision;
    count: number;
  };
  /** All verdicts; the newest on a decision counts. */
  verdicts: {
    id: Generated<number>;
    decision_id: number;
    verdict: Verdict['verdict'];
    kind: string | null;
    person: string;
    time: number;
  };
  images: {
    decision_id: number;
    kind: StoredImage['kind'];
    type: string;
    bytes: Uint8Array;
    /** Time of the decision: what is deleted first. */
    time: number;
    size: number;
  };
  /** Who changed what decides. */
  audit: {
    id: Generated<number>;
    time: number;
    station: string;
    person: string;
    action: AuditEntry['action'];
    details: string;
  };
  /** What other models would have decided about the same images. */
  shadows: {
    decision_id: number;
    class: string | null;
    score: number | null;
    p: number | null;
    decision: RecordedDecision;
    model_hash: string;
    model_version: string | null;
    milliseconds: number;
  };
}

import type { RecordedDecision, Verdict } from '@mint/history';

/** Flags that choose decisions. Times are milliseconds since 1970-01-01 UTC. */
export interface ChoiceFlags {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly station?: string | undefined;
  readonly class?: string | undefined;
  readonly decision?: RecordedDecision | undefined;
  readonly verdict?: Verdict['verdict'] | 'none' | undefined;
}

/** Flags of `mint history list`. */
export interface ListFlags extends ChoiceFlags {
  readonly limit: number;
}

/** Flags of `mint history judge`. */
export interface JudgeFlags {
  readonly kind?: string | undefined;
  readonly person: string;
}

/** Flags of `mint history prune`. */
export interface PruneFlags {
  readonly keepDays?: number | undefined;
  readonly keepMb?: number | undefined;
}

/** Flags of `mint history compare`. */
export type CompareFlags = Pick<ChoiceFlags, 'from' | 'to' | 'station' | 'class'>;

/** Flags of `mint history audit`. */
export interface AuditFlags extends Pick<ChoiceFlags, 'from' | 'to'> {
  readonly limit: number;
}

/** Flags of `mint history sheet`. */
export interface SheetFlags extends Pick<ChoiceFlags, 'from' | 'to' | 'station' | 'class'> {
  /** Hours of a shift. */
  readonly hours: number;
  /** The promised share of good images that raise an alarm. */
  readonly alpha?: number | undefined;
}

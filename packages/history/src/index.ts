export { MintError, type MintErrorCode } from '@mint/internal';
export type { AuditFilter } from './audit.js';
export { csvLines, writeParquet } from './export.js';
export { type History, openHistory, type Page, type Stretches } from './history.js';
export type { Count, Cursor, Filter } from './read.js';
export {
  type AuditEntry,
  type DecisionRecord,
  type RecordedDecision,
  type StoredDecision,
  type StoredImage,
  VERDICTS,
  type Verdict,
} from './record.js';
export type { Deleted, Retention } from './retention.js';
export type { ScoreFilter } from './scores.js';
export type { Comparison, ShadowRecord } from './shadow.js';
export type { NewImage } from './write.js';

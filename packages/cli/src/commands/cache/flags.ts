/** Flags of `mint cache prune`. */
export interface CachePruneFlags {
  /** In days. */
  readonly unused?: number | undefined;
}

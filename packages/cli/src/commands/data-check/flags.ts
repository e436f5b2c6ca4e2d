/** Flags of `mint data check`. */
export interface DataCheckFlags {
  readonly classes?: readonly string[] | undefined;
}

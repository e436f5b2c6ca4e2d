/** Flags of `mint data check`. */
export interface DataCheckFlags {
  readonly classes?: readonly string[] | undefined;
  readonly goodWords?: readonly string[] | undefined;
  readonly defectWords?: readonly string[] | undefined;
  readonly root?: string | undefined;
  readonly allowLeftOut?: boolean | undefined;
}

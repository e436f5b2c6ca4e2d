/** Flags of `mint station token add`. */
export interface TokenFlags {
  readonly name: string;
  readonly role: 'operator' | 'engineer';
}

import type { Entry } from './entry.js';

/**
 * Entries that are recorded and not computed yet, in the order in which they came.
 *
 * A linked list in the entries themselves: a `Set` makes a new table after some hundred changes, the old one keeps a pointer
 * to it, and once an old table has been moved to V8's old space, all later ones and their contents survive each scavenge.
 * That took half the time of a program of small tensors.
 */
export class Pending {
  private first: Entry | undefined;
  private last: Entry | undefined;

  get isEmpty(): boolean {
    return this.first === undefined;
  }

  /** Whether there is this entry and no other. */
  isOnly(entry: Entry): boolean {
    return this.first === entry && this.last === entry;
  }

  /** Adds an entry that is not in the list. */
  add(entry: Entry): void {
    entry.isPending = true;
    entry.before = this.last;
    if (this.last === undefined) this.first = entry;
    else this.last.after = entry;
    this.last = entry;
  }

  /** Removes an entry, if it is in the list. */
  remove(entry: Entry): void {
    if (!entry.isPending) return;
    const { before, after } = entry;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
    entry.isPending = false;
  }

  all(): Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.first; entry !== undefined; entry = entry.after) entries.push(entry);
    return entries;
  }

  clear(): void {
    for (const entry of this.all()) this.remove(entry);
  }
}

/** What a planted bug is. */

export interface Change {
  /** Relative to `src`. */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  /** What goes wrong, in words. */
  readonly name: string;
  readonly changes: readonly Change[];
  /** The store's stories of faults, or whole nodes in the simulator. */
  readonly caughtBy: 'store' | 'nodes';
}

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
  /**
   * The words by which it must be caught: of the violation that whole nodes end with, or of a story
   * of the store that fails. That something else goes wrong, or that the program breaks, is no catch.
   */
  readonly says: RegExp;
  /** The store's stories of faults, or whole nodes in the simulator. */
  readonly caughtBy: 'store' | 'nodes';
}

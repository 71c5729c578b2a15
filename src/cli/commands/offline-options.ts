/** What the commands without a daemon take from the command line. */
import type { SimulateOptions } from '../../offline/commands.ts';

export interface SimulateFlags extends Omit<SimulateOptions, 'picture' | 'kept'> {
  readonly live?: boolean;
  /** Id of a decision, `last`, or the path of its file. */
  readonly history?: string;
  readonly batch?: string;
}

export interface ImportOptions {
  readonly keepFenceResources?: boolean;
}

export interface ExportOptions {
  readonly file?: string;
}

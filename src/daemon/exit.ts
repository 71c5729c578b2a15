/** How the daemon ends; docs/manual/exit-codes.md and the unit file know these numbers. */

export const EXIT = {
  /** Asked to end: a signal, or the node has left in good order. */
  asked: 0,
  /** A bug. */
  unexpected: 1,
  /** Options, holdfastd.yaml or the engine's configuration are wrong: starting again will not help. */
  usage: 2,
  /** The engine is absent or gone, or this life of the daemon is over: start it again. */
  again: 3,
  /** Another daemon has this node's state directory, socket or place in the cluster. */
  taken: 4,
  /** The state directory cannot be used: no space, no permission, an error of the disk. */
  disk: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the daemon before or after it runs; the message is a sentence for the administrator. */
export class Ending extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Ending';
    this.code = code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

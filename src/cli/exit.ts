/** How the command ends; docs/manual/exit-codes.md says the same (a test compares them). */

export const EXIT = {
  ok: 0,
  /** A bug in the command. */
  unexpected: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The daemon cannot be reached. */
  unreachable: 3,
  /** This user may not do that. */
  notAllowed: 4,
  /** There is no such resource, node, agent, secret or file. */
  notFound: 5,
  /** The configuration is not valid; nothing was changed. */
  invalid: 6,
  /** The cluster or the daemon refuses; nothing was changed. */
  refused: 7,
  /** It may or may not have been done. */
  unknown: 8,
  /** `--wait`: the time was over. */
  timeout: 9,
  /** `--wait`: the cluster has settled otherwise than asked; `debug`, `fence test`: it failed. */
  failed: 10,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where the processes of a service are that does not stop (containment.ts). */

/**
 * `clean`: all of it is in its cgroup and dies. `outside`: somebody has started it again by hand.
 * `blind`: the same, and its monitor looks for a file that is gone. `left`: it cannot be killed.
 * `more`: its processes die, and something that its monitor sees stays. `back`: they die, its monitor
 * finds nothing, and something starts them again.
 */
export type Hold = 'clean' | 'outside' | 'blind' | 'left' | 'more' | 'back';

export const holds: readonly Hold[] = ['clean', 'outside', 'blind', 'left', 'more', 'back'];

/** Nothing but processes, by the configuration of such a run. */
export const containable: readonly string[] = ['one', 'two', 'three'];

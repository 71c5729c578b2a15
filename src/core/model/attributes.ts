/** Node attributes that daemons set for one another. They decide nothing. */

/** With a fence device's id behind it: `ok`, or why the device does not answer this node. */
export const FENCE_DEVICE_PREFIX = '#fence-device:';

/**
 * With a fence device's id behind it: whom the device says it can fence (cluster/fence-hosts.ts).
 * It decides which devices shoot.
 */
export const FENCE_HOSTS_PREFIX = '#fence-hosts:';

/** Why the disk under the daemon's state refuses; absent while it does not. */
export const DISK_ATTRIBUTE = '#disk';

/**
 * How often the node stood still lately and for how long at most: `number times milliseconds`, the
 * first counting what was told; absent when it did not.
 */
export const STALL_ATTRIBUTE = '#stalled';

/** Whose clock the node's own differs from, and by how much it is ahead: `n1 -2300` (milliseconds). */
export const CLOCK_ATTRIBUTE = '#clock';

/**
 * The node's watchdog is armed: timeout and proof age in milliseconds, and why the others must not
 * count on it, if so (cluster/watchdog.ts). Unlike the others of these it decides who can be fenced.
 */
export const WATCHDOG_ATTRIBUTE = '#watchdog';

/** With a resource behind it: what its monitor took, may take and usually takes, in milliseconds. */
export const SLOW_PREFIX = '#slow-monitor:';

/** Which secrets the daemon has, by name, joined by commas. */
export const SECRETS_ATTRIBUTE = '#secrets';

/** The end of what is said where a secret is not stored on the node that needs it. */
export const SECRET_MISSING = 'is not on this node';

/** A question of this node to daemons (docs/decisions/questions.md); absent: it asks nothing. */
export const ASK_ATTRIBUTE = '#ask';

/** With the name of the node that asked behind it: this node's answer. */
export const ANSWER_PREFIX = '#answer:';

/**
 * When the node was last given access to the shared devices, in seconds; absent: it has none
 * (cluster/unfencing.ts). The name is Pacemaker's.
 */
export const UNFENCED_ATTRIBUTE = '#node-unfenced';

/** What the node's access ended by, for people; absent: by its start, or it has access. */
export const ACCESS_LOST_ATTRIBUTE = '#access-lost';

/** In the scheduler's picture alone: why the node could not be given access. */
export const ACCESS_REFUSED_ATTRIBUTE = '#access-refused';

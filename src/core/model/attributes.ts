/** Node attributes that daemons set for one another. They decide nothing. */

/** With a fence device's id behind it: `ok`, or why the device does not answer this node. */
export const FENCE_DEVICE_PREFIX = '#fence-device:';

/** Why the disk under the daemon's state refuses; absent while it does not. */
export const DISK_ATTRIBUTE = '#disk';

/** The end of what is said where a secret is not stored on the node that needs it. */
export const SECRET_MISSING = 'is not on this node';

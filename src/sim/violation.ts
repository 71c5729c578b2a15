/** An invariant is broken. The words before the first colon say which. */
export class Violation extends Error {}

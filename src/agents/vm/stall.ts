/** A way to another node on which nothing gets through any more is given up before the operation's time is over. */

/** A guest whose writes go to both nodes waits as long; disks of guests bear half a minute. */
const stallMsMax = 20_000;

/** Give it what has been done each time that it is looked at. Throws when that has not changed for so long. */
export function stallGuard(limitMs = stallMsMax): (done: string | number) => void {
  const isStalled = stallWatch(limitMs);
  return (done) => {
    if (!isStalled(done)) return;
    throw new Error(`nothing got through to the other node for ${String(limitMs / 1000)} s`);
  };
}

/** The same as an answer: whether what has been done has not changed for so long. */
export function stallWatch(limitMs = stallMsMax): (done: string | number) => boolean {
  let last: string | number | undefined;
  let changedAt = performance.now();
  return (done) => {
    const now = performance.now();
    if (done !== last) [last, changedAt] = [done, now];
    return now - changedAt >= limitMs;
  };
}

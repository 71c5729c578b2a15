/** Fewer faults that still break it: first halves, then one by one, until none can be left out. */
import type { TimedFault } from './fault.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './run.ts';
import { run } from './run.ts';

export interface Found {
  readonly plan: Plan;
  readonly outcome: Outcome;
}

const attemptsMax = 200;

export function shrink(plan: Plan, outcome: Outcome): Found {
  let found: Found = { plan, outcome };
  let attempts = 0;
  for (let size = Math.ceil(plan.faults.length / 2); size >= 1;) {
    const smaller = firstThatFails(found, size, attemptsMax - attempts);
    attempts += smaller.attempts;
    if (smaller.found !== undefined) found = smaller.found;
    else size = size === 1 ? 0 : Math.floor(size / 2);
    if (attempts >= attemptsMax) break;
  }
  return found;
}

/** Leaves out `size` faults in a row, wherever it still fails in the same way. */
function firstThatFails(
  { plan, outcome }: Found,
  size: number,
  attemptsLeft: number,
): { readonly found: Found | undefined; readonly attempts: number } {
  let attempts = 0;
  for (let at = 0; at < plan.faults.length && attempts < attemptsLeft; at += size) {
    const faults: readonly TimedFault[] = plan.faults.toSpliced(at, size);
    const smaller = { ...plan, faults };
    attempts += 1;
    const result = run(smaller);
    if (isSameProblem(result.problem, outcome.problem)) {
      return { found: { plan: smaller, outcome: result }, attempts };
    }
  }
  return { found: undefined, attempts };
}

/** The words before the first colon say which invariant it was. */
function isSameProblem(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && left.split(':')[0] === right?.split(':')[0];
}

/** A plan that once found something, as it was drawn and made small. */
import type { Plan } from './plan.ts';

export interface FoundPlan {
  readonly was: string;
  readonly plan: Plan;
}

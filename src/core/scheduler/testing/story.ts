/** A plan as lines of text: what is done, where, why, and after what. */
import type { Plan, PlannedAction } from '../../model/plan.ts';

export function tell(plan: Plan): string {
  const lines = plan.actions.filter((action) => !action.pseudo).map((action) => line(plan, action));
  const idle = plan.unplaced.map((entry) => `idle: ${entry.reason}`);
  const findings = plan.findings.map((finding) => `finding: ${finding.text}`);
  const all = [...lines, ...idle, ...findings];
  return `${(all.length === 0 ? ['nothing to do'] : all).join('\n')}\n`;
}

function line(plan: Plan, action: PlannedAction): string {
  const before = realBefore(plan, action.id);
  const waits = before.length === 0 ? '' : ` [after ${before.join(', ')}]`;
  return `${nameOf(action)}${waits}\n    ${action.reason}`;
}

function nameOf(action: PlannedAction): string {
  const interval = action.intervalMs > 0 ? ` ${action.intervalMs / 1000}s` : '';
  const what = action.kind === 'notify' ? ` ${action.when ?? ''} ${action.of ?? ''}` : '';
  const delay = action.fenceDelayMs === undefined ? '' : `, after ${action.fenceDelayMs} ms`;
  const method = action.fenceMethod === undefined ? '' : ` (${action.fenceMethod}${delay})`;
  const subject = action.instance === undefined ? '' : ` ${action.instance}`;
  return `${action.kind}${what}${interval}${subject} on ${action.node ?? 'no node'}${method}`;
}

/** The nearest real actions before one: points in between are walked through. */
function realBefore(plan: Plan, id: number): readonly string[] {
  const found = new Set<number>();
  const seen = new Set<number>([id]);
  const work = [id];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const [first, then] of plan.order) {
      if (then !== at || seen.has(first)) continue;
      seen.add(first);
      if (plan.actions[first]?.pseudo === true) work.push(first);
      else found.add(first);
    }
  }
  return [...found]
    .sort((a, b) => a - b)
    .flatMap((at) => {
      const action = plan.actions[at];
      return action === undefined ? [] : [nameOf(action)];
    });
}

/** The plan's graph in the language of Graphviz. */
import type { Plan, PlannedAction } from '../core/model/plan.ts';
import { actionText } from './steps.ts';

export function planDot(plan: Plan): string {
  const nodes = plan.actions.map((action) => `  a${action.id} [${nodeAttributes(action)}];\n`);
  const edges = plan.order.map(([first, then]) => `  a${first} -> a${then};\n`);
  return `digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname="sans-serif"];\n${nodes.join('')}${edges.join('')}}\n`;
}

function nodeAttributes(action: PlannedAction): string {
  const label = `label=${quoted(actionText(action))}`;
  if (action.pseudo) return `${label}, style=dashed, color=gray, fontcolor=gray`;
  return action.kind === 'fence' ? `${label}, color=red` : label;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
}

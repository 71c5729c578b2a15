/** The plan as a picture: steps from left to right, the pseudo actions left out. */
import type { Plan, PlannedAction } from '../core/model/plan.ts';
import { escapeAttribute } from '../interop/xml/write.ts';
import { actionText, planSteps } from './steps.ts';

const BOX = { width: 260, height: 30, gapX: 70, gapY: 14, margin: 20 };
/** A larger plan is a wall of lines; it is drawn up to here. */
const ACTIONS_MAX = 2000;

interface Place {
  readonly action: PlannedAction;
  readonly x: number;
  readonly y: number;
}

export function planSvg(plan: Plan): string {
  const places = placeActions(plan);
  const width = Math.max(400, ...[...places.values()].map(({ x }) => x + BOX.width + BOX.margin));
  const height = Math.max(60, ...[...places.values()].map(({ y }) => y + BOX.height + BOX.margin));
  const lines = directOrder(plan, places).map(([first, then]) => arrow(first, then));
  const boxes = [...places.values()].map(box);
  const empty = places.size > 0 ? '' : `<text x="20" y="35">Nothing is to be done.</text>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">\n${STYLE}${empty}${lines.join('')}${boxes.join('')}</svg>\n`;
}

const STYLE = `<style>
rect { fill: #fff; stroke: #456; } .fence rect { stroke: #c00; stroke-width: 2; }
.stop rect { fill: #fee; } .start rect, .promote rect { fill: #efe; } path { fill: none; stroke: #89a; }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8" style="fill:#89a"/></marker></defs>
`;

function placeActions(plan: Plan): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>();
  for (const [column, actions] of planSteps(plan).entries()) {
    for (const [row, action] of actions.entries()) {
      if (places.size >= ACTIONS_MAX) return places;
      const x = BOX.margin + column * (BOX.width + BOX.gapX);
      const y = BOX.margin + row * (BOX.height + BOX.gapY);
      places.set(action.id, { action, x, y });
    }
  }
  return places;
}

/** Order between drawn actions: through pseudo actions, and without what a longer way says anyway. */
function directOrder(
  plan: Plan,
  places: ReadonlyMap<number, Place>,
): readonly (readonly [Place, Place])[] {
  const next = new Map<number, number[]>();
  for (const [first, then] of plan.order) {
    const known = next.get(first);
    if (known) known.push(then);
    else next.set(first, [then]);
  }
  const direct = new Map<number, readonly number[]>();
  for (const id of places.keys()) direct.set(id, [...reachableDrawn(id, next, places)]);
  const pairs: (readonly [Place, Place])[] = [];
  for (const [id, place] of places) {
    const thens = direct.get(id) ?? [];
    const implied = reachable(thens, direct);
    for (const then of thens) {
      const target = places.get(then);
      if (target && !implied.has(then)) pairs.push([place, target]);
    }
  }
  return pairs;
}

/** What comes after any of these. */
function reachable(
  from: readonly number[],
  direct: ReadonlyMap<number, readonly number[]>,
): ReadonlySet<number> {
  const seen = new Set<number>();
  const stack = from.flatMap((id) => direct.get(id) ?? []);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    stack.push(...(direct.get(id) ?? []));
  }
  return seen;
}

function reachableDrawn(
  start: number,
  next: ReadonlyMap<number, readonly number[]>,
  places: ReadonlyMap<number, Place>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const seen = new Set<number>();
  const stack = [...(next.get(start) ?? [])];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (places.has(id)) found.add(id);
    else stack.push(...(next.get(id) ?? []));
  }
  return found;
}

function arrow(first: Place, then: Place): string {
  const x1 = first.x + BOX.width;
  const y1 = first.y + BOX.height / 2;
  const y2 = then.y + BOX.height / 2;
  const middle = (x1 + then.x) / 2;
  return `<path d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${then.x} ${y2}" marker-end="url(#tip)"/>\n`;
}

function box({ action, x, y }: Place): string {
  const text = actionText(action);
  const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  const label = escapeAttribute(shown);
  const reason = escapeAttribute(`${text}: ${action.reason}`);
  return `<g class="${action.kind}"><title>${reason}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4"/><text x="${x + 8}" y="${y + 19}">${label}</text></g>\n`;
}

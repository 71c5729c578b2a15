/** The story of a decision in plain text: how it is, what will be done and why, how it will be. */
import type { Picture } from '../core/model/picture.ts';
import type { Plan, PlannedAction, Unplaced } from '../core/model/plan.ts';
import type { WallMs } from '../core/model/ids.ts';
import type { ResourceSituation, RunningInstance, Situation } from './situation.ts';
import { currentSituation, situationAfter } from './situation.ts';
import { actionText, planSteps } from './steps.ts';

export interface Decision {
  readonly picture: Picture;
  readonly plan: Plan;
  /** What has its place and cannot be begun there. */
  readonly heldUp: readonly Unplaced[];
  readonly now: WallMs;
}

/** Lines without their ends. */
export function decisionStory(decision: Decision): readonly string[] {
  const { picture, plan, heldUp, now } = decision;
  const before = currentSituation(picture, now);
  const after = situationAfter(before, plan);
  return [
    `Now (${timeText(now)})`,
    ...indent(situationLines(before)),
    '',
    'What will be done, and why',
    ...indent(stepLines(plan)),
    ...section('What does not run, and why', unplacedLines([...plan.unplaced, ...heldUp])),
    ...section('What is odd', findingLines(plan)),
    '',
    'Then',
    ...indent(situationLines(after)),
    ...nextChangeLines(plan),
  ];
}

const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...indent(lines)];
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function situationLines(situation: Situation): readonly string[] {
  const { quorate, dc, nodes, resources } = situation;
  const decides = dc === undefined ? '' : `, ${dc} decides`;
  const width = Math.max(0, ...nodes.map(({ name }) => name.length));
  return [
    `${quorate ? 'The cluster has quorum' : 'There is NO QUORUM'}${decides}`,
    ...nodes.map(({ name, kind, states, fenceReason }) => {
      const about = fenceReason === undefined ? '' : `: ${fenceReason}`;
      const remote = kind === 'member' ? '' : ` (${kind})`;
      return `${name.padEnd(width)}  ${states.join(', ')}${remote}${about}`;
    }),
    ...resourceLines(resources),
  ];
}

/** Resources as a tree, with the states in one column. */
function resourceLines(resources: readonly ResourceSituation[]): readonly string[] {
  const rows: (readonly [name: string, state: string])[] = [];
  const add = (resource: ResourceSituation, depth: number): void => {
    const { name, kind, notes, running, children } = resource;
    const noted = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    const state = kind === 'primitive' ? runningText(running) : kind;
    rows.push([`${'  '.repeat(depth)}${name}`, `${state}${noted}`]);
    for (const child of children) add(child, depth + 1);
  };
  for (const resource of resources) add(resource, 0);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, state]) => `${name.padEnd(width)}  ${state}`);
}

const ROLES = ['Promoted', 'Unpromoted', 'Started'] as const;

function runningText(running: readonly RunningInstance[]): string {
  const parts = ROLES.flatMap((role) => {
    const nodes = running.filter((it) => it.role === role).map(({ node }) => node);
    return nodes.length === 0 ? [] : [`${role.toLowerCase()} on ${nodes.toSorted().join(', ')}`];
  });
  return parts.length === 0 ? 'stopped' : parts.join('; ');
}

function stepLines(plan: Plan): readonly string[] {
  const steps = planSteps(plan);
  if (steps.length === 0) return ['Nothing: everything is as it should be.'];
  const lines: string[] = [];
  for (const [index, actions] of steps.entries()) {
    const texts = stepTexts(actions);
    const number = `${index + 1}.`.padEnd(4);
    for (const [at, text] of texts.entries()) lines.push(`${at === 0 ? number : '    '}${text}`);
  }
  return lines;
}

/** Looking for resources on a node is one line per node, and needs no reason. */
function stepTexts(actions: readonly PlannedAction[]): readonly string[] {
  const probes = new Map<string, string[]>();
  const texts: string[] = [];
  for (const action of actions) {
    const { kind, intervalMs, node = '', reason } = action;
    if (kind === 'monitor' && intervalMs === 0) {
      const subject = action.instance ?? action.resource ?? '';
      const known = probes.get(node);
      if (known) known.push(subject);
      else probes.set(node, [subject]);
    } else if (kind === 'monitor' || kind === 'notify') texts.push(actionText(action));
    else texts.push(`${actionText(action)}: ${reason.replace(/\.$/, '')}`);
  }
  const looks = [...probes].map(([node, names]) => `look on ${node} for ${names.join(', ')}`);
  return [...texts, ...looks];
}

function unplacedLines(entries: readonly Unplaced[]): readonly string[] {
  return entries.map(({ reason, advice }) =>
    advice === undefined ? reason : `${reason} ${advice}`,
  );
}

function findingLines(plan: Plan): readonly string[] {
  return plan.findings.map(({ about, text }) => (about === '' ? text : `${about}: ${text}`));
}

function nextChangeLines({ nextChangeAt }: Plan): readonly string[] {
  if (nextChangeAt === undefined) return [];
  return ['', `This may change by time alone at ${timeText(nextChangeAt)}.`];
}

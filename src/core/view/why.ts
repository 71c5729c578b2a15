/** Why is it there, and why not elsewhere: facts about each node, and the story that led here. */
import type { ClusterState } from '../cluster/state.ts';
import type { Location } from '../model/configuration.ts';
import type { Explanation } from '../model/explanation.ts';
import type { PlannedAction } from '../model/plan.ts';
import { INFINITY_SCORE, scoreText } from '../model/score.ts';
import type { StoreView } from '../store/types.ts';
import { concerns, eventView, withoutRepetition } from './events.ts';
import { failureText, failureViews } from './failures.ts';
import { failCountOf } from './instances.ts';
import { markView } from './marks.ts';
import { actionText, configuredId, listText } from './names.ts';
import { nodeViews } from './nodes.ts';
import { blockerTexts } from './progress.ts';
import { read } from './reading.ts';
import type { Reading } from './reading.ts';
import { resourceView } from './resources.ts';
import { toBeFenced } from './to-be-fenced.ts';
import type {
  LocalFacts,
  NodeView,
  ResourceView,
  WhyActionView,
  WhyNodeView,
  WhyView,
} from './types.ts';

const STORY_MAX = 8;

/** Undefined: there is no such resource. `node` keeps only that node's facts. */
export function whyView(
  state: { readonly cluster: ClusterState; readonly view: StoreView; readonly local: LocalFacts },
  id: string,
  { node, explanation }: { readonly node?: string; readonly explanation?: Explanation } = {},
): WhyView | undefined {
  const reading = read(state.cluster, state.view, state.local);
  const known = reading.resources.get(id);
  if (known === undefined) return undefined;
  const view = resourceView(reading, known.resource);
  const members = primitivesOf(view);
  return {
    resource: id,
    state: view.state,
    on: view.on,
    ...answer(view),
    story: withoutRepetition(state.cluster.story)
      .filter((event) => [id, ...members].some((name) => concerns(event, name)))
      .slice(-STORY_MAX)
      .map(eventView),
    nodes: nodeViews(reading)
      .filter(({ name }) => node === undefined || name === node)
      .map((entry) => nodeFacts(reading, view, members, entry)),
    actions: members.flatMap((member) => actionViews(reading, member)),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

function actionViews(reading: Reading, id: string): readonly WhyActionView[] {
  const seen = (action: PlannedAction, state: WhyActionView['state']): WhyActionView => ({
    text: actionText(action, reading.cluster.configuration.model.fenceDevices),
    state,
    reason: action.reason,
    waitsFor: state === 'waiting' ? blockerTexts(reading, action) : [],
  });
  const isChange = ({ kind, intervalMs }: PlannedAction): boolean =>
    kind !== 'monitor' || intervalMs === 0;
  const ready = (reading.readyOf.get(id) ?? []).filter(isChange);
  const waiting = (reading.waitingOf.get(id) ?? []).filter(isChange);
  return [
    ...ready.map((action) => seen(action, 'under way')),
    ...waiting.map((action) => seen(action, 'waiting')),
  ];
}

function primitivesOf(view: ResourceView): readonly string[] {
  if (view.children.length === 0) return [view.id];
  return view.children.flatMap(primitivesOf);
}

function answer(view: ResourceView): { answer: string; advice?: string } {
  const running = view.on.filter(({ state }) => state === 'running');
  const where = running.map(({ node, role }) =>
    role === undefined || role === 'Started' ? node : `${node} (${role})`,
  );
  const runs = where.length === 0 ? '' : `${view.id} runs on ${listText(where)}.`;
  if (view.whyNot === undefined) return { answer: runs };
  const { reason, advice } = view.whyNot;
  const begins = reason.startsWith(`${view.id} does not run`) ? '' : `${view.id} does not run: `;
  const sentence = runs === '' ? `${begins}${reason}` : `${runs} ${reason}`;
  return { answer: sentence, ...(advice === undefined ? {} : { advice }) };
}

function nodeFacts(
  reading: Reading,
  view: ResourceView,
  members: readonly string[],
  node: NodeView,
): WhyNodeView {
  const bans = [
    ...conditionFacts(node),
    ...fencingFacts(reading, node),
    ...failureFacts(reading, members, node.name),
    ...locationFacts(reading, view.id, members, node.name).filter(({ ban }) => ban),
  ];
  const hints = locationFacts(reading, view.id, members, node.name).filter(({ ban }) => !ban);
  const placed = reading.cluster.decision.placements.some(
    (entry) => members.includes(configuredId(entry.resource)) && entry.node === node.name,
  );
  return {
    node: node.name,
    chosen: placed,
    possible: !bans.some(({ ban }) => ban),
    facts: [
      ...(placed ? ['the last decision placed it here'] : []),
      ...runFacts(view, node.name),
      ...[...bans, ...hints].map(({ text }) => text),
    ],
  };
}

interface Fact {
  readonly text: string;
  /** It keeps the resource away. */
  readonly ban: boolean;
}

function runFacts(view: ResourceView, node: string): readonly string[] {
  const here = view.on.find((entry) => entry.node === node);
  if (here === undefined) return [];
  return [here.state === 'running' ? 'it runs here' : `it is ${here.state} here`];
}

function conditionFacts(node: NodeView): readonly Fact[] {
  if (node.state === 'online') return [];
  const ban = node.state !== 'maintenance';
  return [{ ban, text: `the node is ${node.state}: ${node.because}` }];
}

/** Of a lost node its condition says it. */
function fencingFacts(reading: Reading, { name, state }: NodeView): readonly Fact[] {
  const text = state === 'lost' ? undefined : toBeFenced(reading, name);
  return text === undefined ? [] : [{ ban: true, text }];
}

function failureFacts(reading: Reading, members: readonly string[], node: string): Fact[] {
  const facts: Fact[] = [];
  for (const id of members) {
    const count = failCountOf(reading, id, node);
    if (count > 0) {
      const text = `${id} has failed here: fail count ${scoreText(count)}`;
      facts.push({ ban: count >= INFINITY_SCORE, text });
    }
  }
  const failures = failureViews(reading).filter(
    (failure) => failure.node === node && members.includes(configuredId(failure.resource)),
  );
  return [...facts, ...failures.map((failure) => ({ ban: false, text: failureText(failure) }))];
}

function locationFacts(
  reading: Reading,
  id: string,
  members: readonly string[],
  node: string,
): readonly Fact[] {
  const names = new Set<string>([id, ...members]);
  for (const parent of reading.resources.get(id)?.parents ?? []) names.add(parent.id);
  const facts: Fact[] = [];
  for (const constraint of reading.cluster.configuration.model.constraints) {
    if (constraint.kind === 'location' && isAbout(constraint, names) && constraint.node === node) {
      facts.push(locationFact(constraint));
    }
  }
  for (const mark of reading.marks) {
    if (mark.kind !== 'move' || !names.has(mark.resource)) continue;
    const away = mark.away === node;
    if (!away && mark.to !== node) continue;
    facts.push({ ban: away, text: `${markView(mark).text}, by ${mark.by}` });
  }
  return facts;
}

function isAbout(constraint: Location, names: ReadonlySet<string>): boolean {
  const { target } = constraint;
  return target.kind === 'resource' && names.has(target.resource);
}

function locationFact(constraint: Location): Fact {
  const score = constraint.score ?? 0;
  const word = score < 0 ? 'avoids' : 'prefers';
  return {
    ban: score <= -INFINITY_SCORE,
    text: `the location constraint "${constraint.id}" ${word} it (score ${scoreText(score)})`,
  };
}

/** A cluster's replicated state by hand: commands and views in the words of a test. */
import type { Configuration, Primitive, Resource } from '../../model/configuration.ts';
import type { LeaveReason } from '../../model/engine.ts';
import { incarnation, nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { NodeName } from '../../model/ids.ts';
import type { OperationOutcome } from '../../model/operation.ts';
import { OCF } from '../../model/operation.ts';
import type { ActionKind, Plan, PlannedAction } from '../../model/plan.ts';
import type { Applied, ApplyContext, OpenedView, ViewMember } from '../../store/types.ts';
import { actionKey } from '../../transition/keys.ts';
import type { Command, ReportedResult } from '../commands.ts';
import { clusterMachine, emptyCluster, emptyConfiguration } from '../machine.ts';
import type { ClusterState, FencingMethod, NodeRecord } from '../state.ts';

/** A second of replicated time passes with each command and view. */
const SECOND_MS = 1000;
export const START_MS = 1_000_000;

export const n1 = nodeName('n1');
export const n2 = nodeName('n2');
export const n3 = nodeName('n3');

/** `n1`, or `n1/2` for the second life of its daemon, `n1/2b` after a boot as well. */
export function member(text: string): ViewMember {
  const [name = '', life = '1'] = text.split('/');
  const boot = `${name}-boot-${life.endsWith('b') ? life : '1'}`;
  return {
    node: nodeName(name),
    incarnation: incarnation(`${name} ${life}`),
    boot,
    featureLevel: 1,
  };
}

export interface ViewText {
  /** Members whose state is this one: `n1 n2/2`. */
  readonly stay?: string;
  readonly join?: string;
  readonly left?: Readonly<Record<string, LeaveReason>>;
  readonly quorate?: boolean;
  readonly acting?: boolean;
  readonly mayHaveMissed?: boolean;
  readonly apart?: OpenedView['apart'];
}

const members = (text: string | undefined): readonly ViewMember[] =>
  (text ?? '').split(' ').filter(Boolean).map(member);

export function openView(state: ClusterState, view: ViewText): ClusterState {
  const epoch = state.epoch + 1;
  const stayed = members(view.stay);
  const joined = members(view.join);
  const quorate = view.quorate ?? true;
  const opened: OpenedView = {
    ring: { sequence: epoch, representative: 1 as never },
    epoch,
    acting: view.acting ?? quorate,
    quorate,
    members: [...stayed, ...joined],
    joined,
    left: Object.entries(view.left ?? {}).map(([node, reason]) => ({
      node: nodeName(node),
      reason,
    })),
    dc: [...stayed, ...joined][0]?.node ?? n1,
    mayHaveMissed: view.mayHaveMissed ?? false,
    ...(view.apart === undefined ? {} : { apart: view.apart }),
  };
  return freeze(clusterMachine.openView(freeze(state), opened, contextOf(state)));
}

/** Applies a command as its natural sender would put it into the order, one second later. */
export function applied(
  state: ClusterState,
  command: Command,
  sender = senderOf(state, command),
): Applied<ClusterState> {
  const result = clusterMachine.apply(freeze(state), freeze(command), contextOf(state, sender));
  freeze(result.state);
  return result;
}

export function apply(state: ClusterState, ...commands: readonly Command[]): ClusterState {
  return commands.reduce((before, command) => applied(before, command).state, state);
}

function senderOf(state: ClusterState, command: Command): NodeName {
  switch (command.kind) {
    case 'results':
    case 'node-leaves':
      return command.node;
    case 'fence-end':
      return state.fencing.active.find((active) => active.id === command.id)?.executor ?? n1;
    default:
      return n1;
  }
}

export function contextOf(state: ClusterState, sender: NodeName = n1): ApplyContext {
  return {
    epoch: state.epoch,
    index: state.storyCount + 1,
    time: wallMs(Math.max(START_MS, state.time + SECOND_MS)),
    sender,
    dc: n1,
    quorate: state.quorate,
    members: [],
  };
}

export function primitive(id: string, more: Partial<Primitive> = {}): Primitive {
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
    meta: [],
    parameters: [],
    utilization: [],
    operations: [],
    ...more,
  };
}

export function group(id: string, ...memberIds: readonly string[]): Resource {
  const all = memberIds.map((each) => primitive(each));
  return { kind: 'group', id: resourceId(id), meta: [], parameters: [], members: all };
}

export function clone(id: string, child: string): Resource {
  const base = { id: resourceId(id), meta: [], parameters: [], promotable: false };
  return { kind: 'clone', ...base, child: primitive(child) };
}

export function configuration(more: Partial<Configuration> = {}): Configuration {
  return { ...emptyConfiguration, resources: [primitive('web'), primitive('db')], ...more };
}

export function configure(more: Partial<Configuration> = {}): Command {
  return { kind: 'configure', configuration: configuration(more), source: '# yaml', by: 'anna' };
}

/** Three nodes online, `web` and `db` configured, nothing known of them. */
export function threeNodes(more: Partial<Configuration> = {}): ClusterState {
  return apply(openView(emptyCluster, { stay: 'n1 n2 n3' }), configure(more));
}

/** As `threeNodes`, and every resource was looked for everywhere and found nowhere. */
export function probedNodes(more: Partial<Configuration> = {}): ClusterState {
  const state = threeNodes(more);
  const names = ['web', 'db', ...(more.resources ?? []).map((each) => each.id)];
  return probe(state, names, ['n1', 'n2', 'n3']);
}

export function probe(
  state: ClusterState,
  names: readonly string[],
  nodes: readonly string[],
): ClusterState {
  const lines = nodes.flatMap((node) => names.map((name) => `probe ${name} ${node}`));
  return carryOut(state, ...lines);
}

/** Plans the actions and reports each as ended as expected, in order. */
export function carryOut(state: ClusterState, ...lines: readonly string[]): ClusterState {
  return lines.reduce(
    (before, line) => apply(before, results(before, line)),
    apply(state, planCommand(state, ...lines)),
  );
}

export function planCommand(
  state: ClusterState,
  ...lines: readonly string[]
): Extract<Command, { kind: 'plan' }> {
  return {
    kind: 'plan',
    view: state.view,
    wanted: state.decision.wanted,
    changeCount: state.changeCount,
    configurationVersion: state.configuration.version,
    plan: plan(...lines),
    because: state.decision.because,
  };
}

/** `stop web n1 -> start web n2` says two actions and their order; equal texts are one action. */
export function plan(...lines: readonly string[]): Plan {
  const texts: string[] = [];
  const order: [number, number][] = [];
  for (const line of lines) {
    const ids = line.split(' -> ').map((text) => {
      if (!texts.includes(text)) texts.push(text);
      return texts.indexOf(text);
    });
    for (const [index, id] of ids.entries()) {
      const next = ids[index + 1];
      if (next !== undefined) order.push([id, next]);
    }
  }
  return { actions: texts.map(action), order, placements: [], unplaced: [], findings: [] };
}

/** `start web n1`, `probe web n1`, `monitor/10000 web n1`, `fence n3`, `fence/off n3`, `pseudo all`. */
export function action(text: string, id = 0): PlannedAction {
  const [what = '', subject = '', where = ''] = text.split(' ');
  const [word = '', interval = '0'] = what.split('/');
  const kind = (word === 'probe' ? 'monitor' : word) as ActionKind;
  const onNode = kind === 'fence' || kind === 'shutdown';
  const intervalMs = onNode ? 0 : Number(interval);
  const base = { id, kind, pseudo: kind === 'pseudo', name: text, intervalMs };
  if (onNode) {
    const fenceMethod = (interval === '0' ? 'reboot' : interval) as FencingMethod;
    const method = kind === 'fence' ? { fenceMethod } : {};
    return { ...base, ...method, node: nodeName(subject), reason: 'it is lost', priority: 0 };
  }
  return {
    ...base,
    resource: resourceId(subject.replace(/:\d+$/, '')),
    instance: resourceId(subject),
    agent: { class: 'ocf', provider: 'heartbeat', type: 'Dummy' },
    node: nodeName(where),
    ...(kind === 'pseudo' ? {} : { operation: operation(kind, word === 'probe') }),
    reason: 'it is wanted so',
    priority: 0,
  };
}

function operation(name: string, isProbe: boolean): NonNullable<PlannedAction['operation']> {
  return {
    name,
    timeoutMs: 20_000,
    startDelayMs: 0,
    expectedExitCode: isProbe ? OCF.notRunning : OCF.ok,
    parameters: {},
    meta: {},
    onFail: 'restart',
    digest: 'd1',
  };
}

let calls = 0;

/** The end of an action: `start web n1` as expected, or `start web n1: 1`, `…: timed-out`. */
export function results(
  state: ClusterState,
  text: string,
  more: Partial<ReportedResult> = {},
): Command {
  const [what = '', ended = ''] = text.split(': ');
  const done = action(what);
  calls += 1;
  const result: ReportedResult = {
    key: actionKey(done),
    resource: done.instance ?? resourceId(''),
    operation: done.operation?.name ?? done.kind,
    intervalMs: done.intervalMs,
    outcome: outcome(ended === '' ? String(done.operation?.expectedExitCode ?? 0) : ended),
    durationMs: 5,
    output: '',
    callId: calls,
    endedAt: wallMs(0),
    ...more,
  };
  const node = done.node ?? n1;
  const life = state.nodes[node]?.incarnation ?? incarnation('');
  return { kind: 'results', node, incarnation: life, results: [result] };
}

/** A recurring monitor's later run: it has no key. */
export function monitorSays(state: ClusterState, text: string): Command {
  const { results: list, ...rest } = results(state, text) as Extract<Command, { kind: 'results' }>;
  return { ...rest, results: list.map(({ key: _key, ...result }) => result) };
}

function outcome(text: string): OperationOutcome {
  if (text === 'timed-out' || text === 'cancelled') return { kind: text };
  if (text === 'unkillable') return { kind: 'unkillable', processes: [7] };
  return { kind: 'exited', exitCode: Number(text), exitReason: '' };
}

export function fenceRequest(
  state: ClusterState,
  target: string,
  executor = 'n1',
  method: FencingMethod = 'reboot',
): Extract<Command, { kind: 'fence-begin' }> {
  const node = nodeName(target);
  return {
    kind: 'fence-begin',
    request: {
      id: `${state.view}.${target}.${state.storyCount}`,
      target: node,
      incarnation: state.nodes[node]?.incarnation ?? incarnation(''),
      method,
      device: 'ipmi',
      executor: nodeName(executor),
      reason: 'it is lost',
      begunAt: wallMs(0),
      attempt: 1,
    },
  };
}

export const fenced = (state: ClusterState, ok: boolean): Command => ({
  kind: 'fence-end',
  id: state.fencing.active[0]?.id ?? '',
  ok,
  text: ok ? 'ok' : 'no answer',
  durationMs: 900,
});

export const nodeOf = (state: ClusterState, name: string): NodeRecord => {
  const node = state.nodes[nodeName(name)];
  if (node === undefined) throw new Error(`the state knows no node ${name}`);
  return node;
};

/** What is known of what runs on a node and failed there. */
export const knowledge = (
  state: ClusterState,
  name: string,
): Pick<NodeRecord, 'history' | 'attributes'> => {
  const { history, attributes } = nodeOf(state, name);
  return { history, attributes };
};

/** `n1 online, n2 lost`. */
export const conditions = (state: ClusterState): string =>
  Object.values<NodeRecord>(state.nodes)
    .map((node) => `${node.name} ${node.condition}`)
    .toSorted()
    .join(', ');

/** Actions and what became of them: `start web n1 ready`. */
export const actionStates = (state: ClusterState): readonly string[] =>
  (state.transition?.actions ?? []).map(
    (each) => `${each.name} ${state.transition?.states[each.id] ?? ''}`,
  );

export const lastWords = (state: ClusterState, count = 1): readonly string[] =>
  state.story.slice(-count).map((event) => event.text);

/** What is replicated must not be changed in place: everything that went in is frozen. */
export function freeze<T>(value: T): T {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    open.push(...Object.values(next));
  }
  return value;
}

/** What went wrong or was under way before the decision: failures, pending operations, leftovers. */
import type { Draft, HistoryDraft, NodeDraft, PrimitiveDraft, RecordDraft } from './draft.ts';
import { leavesOf, NOW_S } from './draft.ts';
import type { Feature } from './features.ts';
import { monitorsOf, notFound, pending, record, running } from './records.ts';

/** One primitive on one node. */
interface Spot {
  readonly node: NodeDraft;
  readonly name: string;
  readonly leaf: PrimitiveDraft;
  readonly history: HistoryDraft;
}

export function addEvents(draft: Draft): void {
  for (const [feature, apply] of EVENTS) {
    if (!draft.has(feature)) continue;
    const times = draft.chance.percent(25) ? 2 : 1;
    for (let time = 0; time < times; time += 1) apply(draft);
  }
  if (draft.has('shutdown-lock')) addLocks(draft);
}

const EVENTS: readonly (readonly [Feature, (draft: Draft) => void])[] = [
  ['failed-monitor', failMonitor],
  ['failed-start', failStart],
  ['failed-stop', failStop],
  ['failed-promotion', (draft) => failRoleChange(draft, 'promote')],
  ['failed-demotion', (draft) => failRoleChange(draft, 'demote')],
  ['failed-probe', failProbe],
  ['pending-operation', leavePending],
  ['multiple-active', runTwice],
  ['migrating', leaveMigrating],
  ['removed-resource', leaveRemoved],
  ['removed-operation', leaveOperation],
  ['removed-instance', leaveInstance],
  ['changed-parameters', (draft) => changeDigests(draft, false)],
  ['reload', (draft) => changeDigests(draft, true)],
  ['changed-agent', changeAgent],
];

function spots(draft: Draft, wanted: (spot: Spot) => boolean): readonly Spot[] {
  const leaves = new Map(draft.resources.flatMap(leavesOf).map((leaf) => [leaf.id, leaf]));
  return draft.nodes
    .flatMap((node) =>
      [...node.history].flatMap(([name, history]) => {
        const leaf = leaves.get(name.split(':')[0] ?? '');
        return leaf === undefined ? [] : [{ node, name, leaf, history }];
      }),
    )
    .filter(wanted);
}

const isActive = ({ history }: Spot): boolean => {
  const [first] = history.operations;
  return first !== undefined && first.operation !== 'stop' && first.exitCode !== 7;
};

/** By a promotion, or found so. */
const isInPromotedRole = (spot: Spot): boolean =>
  isPromoted(spot) || spot.history.operations[0]?.exitCode === 8;

const isPromoted = ({ history }: Spot): boolean => history.operations[0]?.operation === 'promote';

function anySpot(draft: Draft, wanted: (spot: Spot) => boolean): Spot | undefined {
  const found = spots(draft, wanted);
  return found.length === 0 ? undefined : draft.chance.one(found);
}

function setFailures(spot: Spot, key: string, count: string, agoS: number): void {
  spot.node.transient.set(`fail-count-${spot.name}#${key}`, count);
  spot.node.transient.set(`last-failure-${spot.name}#${key}`, String(NOW_S - agoS));
}

function failMonitor(draft: Draft): void {
  const { chance } = draft;
  const spot = anySpot(draft, isActive);
  // A history remembers one failure.
  if (spot === undefined || spot.history.operations.some(({ isFailure }) => isFailure)) return;
  const { operations } = spot.history;
  const role = isPromoted(spot)
    ? 'Promoted'
    : spot.leaf.agent.type === 'Stateful'
      ? 'Unpromoted'
      : 'Started';
  const monitor = monitorsOf(spot.leaf, role)[0];
  if (monitor === undefined) return;
  const { intervalMs } = monitor;
  // Later than the monitor began.
  const agoS = chance.one([20, 120, 2500]);
  const expected = isPromoted(spot) ? 8 : 0;
  const exitCode = chance.one([1, 7, 7, 5, isPromoted(spot) ? 9 : 1]);
  operations.push(
    record('monitor', exitCode, { intervalMs, expected, agoS, isFailure: true, status: 0 }),
  );
  if (chance.percent(90))
    setFailures(spot, `monitor_${intervalMs}`, chance.one(['1', '1', '2', '3']), agoS);
}

/** The agent said no; the node may not be tried again. */
function failStart(draft: Draft): void {
  const { chance } = draft;
  const spot = anySpot(
    draft,
    ({ leaf, node }) => leaf.agent.class !== 'stonith' || node.state === 'online',
  );
  if (spot === undefined) return;
  const agoS = chance.one([20, 120, 3000]);
  const exitCode = chance.one([1, 1, 5, 2, 6]);
  const failed = record('start', exitCode, { agoS });
  replace(spot, [failed, { ...failed, isFailure: true }]);
  setFailures(spot, 'start_0', chance.one(['INFINITY', '1']), agoS);
}

function failStop(draft: Draft): void {
  const spot = anySpot(draft, isActive);
  if (spot === undefined) return;
  const failed = record('stop', 1, { agoS: 30, ...(draft.chance.percent(30) && { status: 2 }) });
  replace(spot, [failed, { ...failed, isFailure: true }]);
  setFailures(spot, 'stop_0', 'INFINITY', 30);
}

function failRoleChange(draft: Draft, operation: 'promote' | 'demote'): void {
  const spot = anySpot(draft, (entry) => isActive(entry) && entry.leaf.agent.type === 'Stateful');
  if (spot === undefined) return;
  const exitCode = draft.chance.one([1, 1, operation === 'promote' ? 9 : 7]);
  const failed = record(operation, exitCode, { agoS: 30, status: 0 });
  replace(spot, [failed, { ...failed, isFailure: true }]);
  setFailures(spot, `${operation}_0`, '1', 30);
}

function failProbe(draft: Draft): void {
  const { chance } = draft;
  const spot = anySpot(draft, (entry) => !isActive(entry));
  if (spot === undefined) return;
  const failed = record('monitor', chance.one([1, 5, 5, 2, 4, 6]), { expected: 7, agoS: 100 });
  replace(spot, [failed, { ...failed, isFailure: true }]);
  if (chance.percent(50)) setFailures(spot, 'monitor_0', '1', 100);
}

function leavePending(draft: Draft): void {
  const { chance } = draft;
  const spot = anySpot(draft, () => true);
  if (spot === undefined) return;
  if (!isActive(spot)) {
    spot.history.operations.push(pending(chance.one(['start', 'monitor'])));
    if (chance.percent(50)) spot.history.operations.shift();
    return;
  }
  const kinds =
    spot.leaf.agent.type === 'Stateful' ? ['stop', 'promote', 'demote'] : ['stop', 'monitor'];
  const drawn = chance.one(kinds);
  const isOfRole = drawn === 'promote' || drawn === 'demote';
  const changed = isInPromotedRole(spot) ? 'demote' : 'promote';
  const kind = isOfRole ? changed : drawn;
  const monitor = spot.leaf.operations.find(({ name }) => name === 'monitor');
  const intervalMs = kind === 'monitor' ? (monitor?.intervalMs ?? 0) : 0;
  // A history holds one record of a recurring operation.
  const kept = spot.history.operations.filter(
    (entry) => intervalMs === 0 || entry.operation !== kind || entry.intervalMs !== intervalMs,
  );
  // The monitors of the old role end before the change begins.
  const others = isOfRole ? kept.filter((entry) => entry.intervalMs === 0) : kept;
  replace(spot, [...others, pending(kind, { intervalMs })]);
}

function runTwice(draft: Draft): void {
  const spot = anySpot(draft, isActive);
  if (spot === undefined || isInClone(draft, spot)) return;
  const other = anySpot(draft, (entry) => entry.name === spot.name && entry.node !== spot.node);
  if (other !== undefined) replace(other, running(other.leaf, 'Started', draft.chance.percent(50)));
}

const isInClone = (draft: Draft, { leaf }: Spot): boolean =>
  draft.resources.some(
    (entry) =>
      (entry.kind === 'clone' || entry.kind === 'bundle') && leavesOf(entry).includes(leaf),
  );

/** What is still starting or stopping does not move. */
const isSettled = (spot: Spot): boolean =>
  isActive(spot) && spot.history.operations.every(({ status }) => status !== -1);

/** migrate_to is done or under way, what follows is not. */
function leaveMigrating(draft: Draft): void {
  const { chance } = draft;
  const spot = anySpot(
    draft,
    (entry) =>
      isSettled(entry) && entry.leaf.meta.get('allow-migrate') === 'true' && !hasMigrated(entry),
  );
  if (spot === undefined) return;
  const target = anySpot(draft, ({ name, node }) => name === spot.name && node !== spot.node);
  if (target === undefined) return;
  const attributes = { migrate_source: spot.node.name, migrate_target: target.node.name };
  const kind = chance.whole(0, 4);
  const to =
    kind === 0
      ? pending('migrate_to', { attributes })
      : record('migrate_to', kind === 1 ? 1 : 0, { agoS: 20, attributes });
  spot.history.operations.push(to);
  if (kind < 3) return;
  const from =
    kind === 3
      ? record('migrate_from', chance.one([0, 1]), { agoS: 10, attributes })
      : pending('migrate_from', { attributes });
  // Migrations are remembered beside what else was done there, not in its place.
  target.history.operations.push(from);
}

/** Of each operation without an interval a node remembers the last one alone. */
const hasMigrated = ({ history }: Spot): boolean =>
  history.operations.some(({ operation }) => operation === 'migrate_to');

function leaveRemoved(draft: Draft): void {
  const { chance, nodes } = draft;
  const members = nodes.filter(({ state, kind }) => kind === 'member' && state !== 'unseen');
  const node = chance.one(members);
  const agent = { class: 'ocf', provider: 'pacemaker', type: 'Dummy' };
  const isRunning = chance.percent(75);
  const operations = isRunning
    ? [record('start', 0), record('monitor', 0, { intervalMs: 10_000, agoS: 2900 })]
    : [chance.percent(50) ? notFound() : record('stop', 0)];
  if (chance.percent(20))
    operations.push(record('monitor', 1, { intervalMs: 10_000, agoS: 50, isFailure: true }));
  node.history.set('gone1', { agent, attributes: {}, operations });
}

function leaveOperation(draft: Draft): void {
  const spot = anySpot(draft, isActive);
  spot?.history.operations.push(record('monitor', 0, { intervalMs: 77_000, agoS: 2500 }));
}

/** One instance more than `clone-max`, or two where one may be. */
function leaveInstance(draft: Draft): void {
  const clone = draft.resources.find((entry) => entry.kind === 'clone' && !entry.isUnique);
  const [leaf] = clone === undefined ? [] : leavesOf(clone);
  if (leaf === undefined) return;
  const node = draft.chance.one(
    draft.nodes.filter(({ kind, state }) => kind === 'member' && state !== 'unseen'),
  );
  node.history.set(`${leaf.id}:7`, {
    agent: leaf.agent,
    attributes: {},
    operations: running(leaf, 'Started'),
  });
}

/** A digest that no parameters have; `@` is filled in with the right one (digests.ts). */
function changeDigests(draft: Draft, canReload: boolean): void {
  const spot = anySpot(draft, isActive);
  if (spot === undefined) return;
  const other = '0123456789abcdef0123456789abcdef';
  const isAll = draft.chance.percent(60);
  const [first, ...rest] = spot.history.operations;
  if (first === undefined) return;
  const restart = canReload ? { 'op-force-restart': ' state ', 'op-restart-digest': '@' } : {};
  const changed = (entry: RecordDraft): RecordDraft => ({
    ...entry,
    attributes: { ...entry.attributes, 'op-digest': other, ...(entry.intervalMs === 0 && restart) },
  });
  if (isAll) replace(spot, [changed(first), ...rest.map(changed)]);
  else
    replace(
      spot,
      rest.length > 0 && !canReload ? [first, ...rest.map(changed)] : [changed(first), ...rest],
    );
}

function changeAgent(draft: Draft): void {
  const spot = anySpot(draft, (entry) => isActive(entry) && entry.leaf.agent.class === 'ocf');
  if (spot === undefined) return;
  const agent = { class: 'ocf', provider: 'heartbeat', type: 'Other' };
  spot.node.history.set(spot.name, { ...spot.history, agent });
}

/** Resources that were running when their node was shut down in order. */
function addLocks(draft: Draft): void {
  const offline = draft.nodes.find(({ kind, state }) => kind === 'member' && state === 'offline');
  if (offline === undefined) return;
  for (const { node, history, name } of spots(draft, (spot) => spot.node === offline)) {
    const isElsewhere = spots(draft, (spot) => spot.name === name && isActive(spot)).length > 0;
    if (isElsewhere || !draft.chance.percent(50)) continue;
    node.history.set(name, {
      ...history,
      attributes: { 'shutdown-lock': String(NOW_S - draft.chance.one([60, 3000])) },
      operations: [record('stop', 0, { agoS: 100 })],
    });
  }
}

function replace(spot: Spot, operations: readonly RecordDraft[]): void {
  spot.history.operations.splice(0, spot.history.operations.length, ...operations);
}

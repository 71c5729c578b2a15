/** State of every unit from the operation history of every host ("Operation History"). */
import type { OperationRecord, ResourceHistory } from '../../model/picture.ts';
import { reconnectDelayMs } from '../configuration/blank.ts';
import type { RuleContext } from '../values/rules.ts';
import { exitCodeWords } from '../../model/exit-code.ts';
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import { mustFence } from '../nodes/fencing.ts';
import { settleRemote } from '../nodes/states.ts';
import { cloneOf, note, primitivesOf, ROLE } from '../world.ts';
import type { Host, RoleLevel, Unit, World } from '../world.ts';
import { addActive, applyReaction, settleActivity } from './activity.ts';
import { banAfter, moreSevere, reactionTo } from './failures.ts';
import type { Reaction } from './failures.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';
import { findHistoryUnit } from './lookup.ts';
import { inOrder } from './records.ts';
import { settleMigration, settleStoppedSource } from './migrations.ts';
import type { Replay } from './state.ts';

/** Members first, in the order of the status; remote and guest nodes once theirs is known. */
export function replayHistories(world: World, context: RuleContext): void {
  const hosts = statusOrder(world);
  // Nodes that are up first: the instances of anonymous clones are theirs.
  const members = hosts.filter((host) => host.kind === 'member');
  for (const host of members) if (host.online) replayHost(world, host, context);
  for (const host of members) if (!host.online) replayHost(world, host, context);
  attachRemoved(world);
  for (const kind of ['remote', 'guest'] as const) {
    for (const host of world.hosts) if (host.kind === kind) settleRemote(host);
    for (const host of hosts) {
      if (host.kind !== kind) continue;
      replayHost(world, host, context);
    }
  }
  // Numbers of anonymous instances follow the order of the status; all else must not depend on it.
  for (const unit of world.units) {
    if (cloneOf(unit) === undefined) {
      const isForemost = (host: Host): number => Number(host === unit.foremost);
      unit.activeOn.sort((a, b) => isForemost(b) - isForemost(a) || a.index - b.index);
    }
    settleActivity(unit);
  }
}

/** The connection of a removed guest is inside the machine that its history names. */
function attachRemoved(world: World): void {
  for (const unit of world.units) {
    if (!unit.removed || unit.kind !== 'primitive' || unit.containerUnit !== undefined) continue;
    const name = [...unit.histories.values()]
      .flat()
      .find((each) => each.container !== undefined)?.container;
    const container = name === undefined ? undefined : world.unitById.get(name);
    if (container?.kind !== 'primitive' || container === unit) continue;
    if (container.containerUnit !== undefined) continue;
    unit.containerUnit = container;
    container.fillers.push(unit);
  }
}

function statusOrder(world: World): readonly Host[] {
  const ordered = new Set<Host>();
  for (const state of world.picture.status.nodes) {
    const host = world.hostByName.get(state.name) ?? world.hostById.get(state.id);
    if (host !== undefined && host.state === state) ordered.add(host);
    else if (host === undefined) {
      note(
        world,
        'unknown-node',
        state.name,
        `The status knows a node ${state.name} that is not configured.`,
      );
    }
  }
  return [...ordered];
}

function replayHost(world: World, host: Host, context: RuleContext): void {
  const believable = host.online || (world.options.fencing && host.kind === 'member');
  const remote = host.kind !== 'member' && !host.online;
  if (!believable && !(remote && world.options.fencing)) {
    if (!world.options.shutdownLock) return;
  }
  for (const history of host.state?.history ?? []) replayResource(world, host, history, context);
}

function replayResource(
  world: World,
  host: Host,
  history: ResourceHistory,
  context: RuleContext,
): void {
  if (history.operations.length === 0 && history.shutdownLockAt === undefined) return;
  const unit = findHistoryUnit(world, host, history, context);
  if (unit === undefined) return;
  const list = unit.histories.get(host.index);
  if (list === undefined) unit.histories.set(host.index, [history]);
  else list.push(history);
  if (history.shutdownLockAt !== undefined) {
    unit.lockedTo = host;
    unit.lockedAtMs = history.shutdownLockAt;
  }
  const records = sortRecords(history.operations);
  const replay: Replay = {
    world,
    unit,
    host,
    history,
    records,
    role: undefined,
    reaction: 'ignore',
    failedTask: '',
    isPromotionFailed: false,
    migration: undefined,
  };
  for (const record of records) replayRecord(replay, record);
  settle(replay);
}

function settle(replay: Replay): void {
  settleMigration(replay);
  const { unit, host, role } = replay;
  if (role === undefined) return;
  unit.knownOn.add(host.index);
  if (role > ROLE.stopped && !host.online && !host.maintenance && (unit.managed || unit.blocked)) {
    fenceSilentHost(replay);
  }
  const before = unit.role;
  if (role > ROLE.stopped) {
    addActive(unit, host);
    unit.historyName = replay.history.resource;
  }
  if (role > before) unit.role = role;
  if (replay.isPromotionFailed) unit.promotionFailed = true;
  applyReaction(replay);
}

/** A node that is away and still has the resource active must be fenced. */
function fenceSilentHost(replay: Replay): void {
  const { world, unit, host } = replay;
  if (!world.options.fencing) return;
  const reason = `${unit.configId} is thought to be active on ${host.name}`;
  if (host.kind === 'remote') {
    // Taken back when the connection can be established again (see `connect`).
    if (host.remoteFenced || host.fenceReason !== undefined) return;
    if (host.connection?.failed !== true) host.seen = false;
  }
  mustFence(world, host, reason, true);
}

/** By call id; pending operations (−1) are the newest, equal ones in the order of change. */
const sortRecords = (records: readonly OperationRecord[]): readonly OperationRecord[] =>
  inOrder(records, (a, b) => rank(a) - rank(b) || (a.lastChangeAt ?? 0) - (b.lastChangeAt ?? 0));

const rank = ({ callId }: OperationRecord): number => (callId < 0 ? INFINITY_SCORE * 1e6 : callId);

const SKIPPED = new Set([
  'notify',
  'meta-data',
  'reload',
  'reload-agent',
  'validate-all',
  'cancel',
]);

function replayRecord(replay: Replay, record: OperationRecord): void {
  if (SKIPPED.has(record.operation) || record.status === 'cancelled') return;
  const judgement = judge(replay, record);
  switch (judgement.kind) {
    case 'ignored':
      return;
    case 'pending':
      replayPending(replay, record);
      return;
    case 'done':
      replaySuccess(replay, record, judgement);
      return;
    case 'failed':
      replayFailure(replay, record, judgement);
      return;
  }
}

const startedRole = (unit: Unit): RoleLevel =>
  cloneOf(unit)?.clone?.promotable === true ? ROLE.unpromoted : ROLE.started;

function raise(replay: Replay): void {
  if ((replay.role ?? ROLE.stopped) < ROLE.started) replay.role = startedRole(replay.unit);
}

function replayPending(replay: Replay, record: OperationRecord): void {
  const { unit, host } = replay;
  switch (record.operation) {
    case 'start':
      raise(replay);
      unit.pendingTask = 'start';
      unit.pendingOn = host;
      return;
    case 'promote':
      replay.role = ROLE.promoted;
      break;
    case 'migrate_to':
      raise(replay);
      replay.migration = { record, outcome: 'pending' };
      break;
    default:
      break;
  }
  if (record.intervalMs === 0 && unit.pendingTask === undefined) {
    if (record.operation === 'monitor') {
      unit.pendingTask = 'probe';
      unit.pendingOn = host;
    } else {
      unit.pendingTask = record.operation;
      unit.pendingOn = host;
    }
  }
  if (record.operation === 'stop' || record.operation === 'demote') return;
}

const OCF_NOT_RUNNING = 7;

function replaySuccess(replay: Replay, record: OperationRecord, judgement: Judgement): void {
  const exit = judgement.exitCode;
  if (exit === OCF_NOT_RUNNING && record.operation !== 'monitor') {
    replay.role = ROLE.stopped;
    replay.migration = undefined;
    clearReaction(replay);
    return;
  }
  switch (record.operation) {
    case 'stop':
      if (replay.migration?.outcome === 'done')
        settleStoppedSource(replay, replay.migration.record);
      replay.role = ROLE.stopped;
      replay.migration = undefined;
      break;
    // What runs here anew has come back from where it had been sent to before.
    case 'start':
    case 'migrate_from':
      replay.role = startedRole(replay.unit);
      replay.migration = undefined;
      break;
    case 'promote':
      replay.role = ROLE.promoted;
      break;
    case 'demote':
      replay.role = ROLE.unpromoted;
      // It takes away the role alone: only a failure that asked for no more is put right.
      if (replay.reaction === 'demote') clearReaction(replay);
      return;
    case 'migrate_to':
      raise(replay);
      replay.migration = { record, outcome: 'done' };
      return;
    case 'monitor':
    case 'status':
      replayMonitor(replay, record, exit);
      return;
    default:
      raise(replay);
      return;
  }
  clearReaction(replay);
}

/** A success ends the reaction to earlier failures, except those that outlive it. */
function clearReaction(replay: Replay): void {
  replay.isPromotionFailed = false;
  switch (replay.reaction) {
    case 'stop':
    case 'fence':
    case 'ban':
    case 'standby':
      return;
    case 'reset-remote':
      if (reconnectDelayMs(replay.unit) === undefined) replay.reaction = 'ignore';
      return;
    default:
      replay.reaction = 'ignore';
  }
}

function replayMonitor(replay: Replay, record: OperationRecord, exit: number): void {
  switch (exit) {
    case 7:
      replay.role = ROLE.stopped;
      clearReaction(replay);
      return;
    case 8:
      replay.role = ROLE.promoted;
      break;
    default:
      if (record.expectedExitCode === 8 || replay.role === undefined) raise(replay);
      else raise(replay);
      if (record.intervalMs === 0 && replay.role === ROLE.promoted) replay.role = ROLE.unpromoted;
  }
  const lastFailure = replay.records.find((entry) => entry.id.endsWith('_last_failure_0'));
  if (
    lastFailure !== undefined &&
    lastFailure.operation === record.operation &&
    lastFailure.intervalMs === record.intervalMs
  ) {
    clearReaction(replay);
  }
}

function replayFailure(replay: Replay, record: OperationRecord, judgement: Judgement): void {
  const { world, unit, host } = replay;
  const reaction = reactionTo(world, unit, record.operation, record.intervalMs);
  const ban = banAfter({ ...record, exitCode: judgement.exitCode });
  // A missing agent is no failure that could be ignored: it will fail at anything.
  if (reaction === 'ignore' && record.status !== 'not-installed') {
    ignoreFailure(replay, record);
    return;
  }
  // The restart of the container ends what the stop could not.
  if (reaction === 'restart-container' && record.operation === 'stop') {
    ignoreFailure(replay, record);
    replay.reaction = moreSevere(replay.reaction, reaction);
    return;
  }
  unit.failures.push({ host, record, task: record.operation });
  if (!isAbsent(replay, record, judgement)) {
    replay.reaction = moreSevere(replay.reaction, reaction);
    replay.failedTask = record.operation;
  }
  failedRole(replay, record, judgement, reaction);
  if (record.operation === 'stop') return;
  if (ban !== undefined) banUnit(world, unit, ban === 'node' ? host : undefined, record);
}

/** A failure with on-fail=ignore counts as the success that was expected. */
function ignoreFailure(replay: Replay, record: OperationRecord): void {
  replay.unit.failureIgnored = true;
  const expected = record.expectedExitCode ?? 0;
  replaySuccess(replay, record, { kind: 'done', exitCode: expected });
}

function failedRole(
  replay: Replay,
  record: OperationRecord,
  judgement: Judgement,
  reaction: Reaction,
): void {
  switch (record.operation) {
    case 'promote':
      replay.role = ROLE.promoted;
      replay.isPromotionFailed = true;
      break;
    case 'demote':
      if (reaction === 'block') replay.role = ROLE.promoted;
      else replay.role = ROLE.unpromoted;
      break;
    case 'monitor':
      if (judgement.exitCode === 7 && record.intervalMs > 0) replay.role = startedOrMore(replay);
      if (judgement.exitCode === 8 || judgement.exitCode === 9) replay.role = ROLE.promoted;
      break;
    case 'migrate_to':
      replay.migration = { record, outcome: 'failed' };
      break;
    case 'migrate_from':
      staysAtSource(replay, record);
      break;
    default:
      break;
  }
  if (isProbe(record) && cannotRun(judgement, record)) {
    replay.role ??= ROLE.stopped;
    return;
  }
  raise(replay);
}

const isProbe = ({ operation, intervalMs }: OperationRecord): boolean =>
  operation === 'monitor' && intervalMs === 0;

/** Looked for where it cannot be: it is banned there, and nothing has failed that `on-fail` is about. */
const isAbsent = (
  { role = ROLE.stopped }: Replay,
  record: OperationRecord,
  judgement: Judgement,
): boolean => role === ROLE.stopped && isProbe(record) && cannotRun(judgement, record);

/** It has not arrived in order: it is rather where it came from. */
function staysAtSource({ world, unit }: Replay, { migrateSource: name }: OperationRecord): void {
  const source = name === undefined ? undefined : world.hostByName.get(name);
  unit.foremost ??= source;
}

/** Not installed, or with parameters that mean nothing on this machine: it is not running there. */
const cannotRun = ({ exitCode }: Judgement, { status }: OperationRecord): boolean =>
  exitCode === 2 || exitCode === 5 || status === 'not-installed';

const startedOrMore = (replay: Replay): RoleLevel =>
  replay.role === undefined || replay.role < ROLE.started ? startedRole(replay.unit) : replay.role;

function banUnit(world: World, unit: Unit, host: Host | undefined, record: OperationRecord): void {
  const clone = cloneOf(unit);
  const banned = clone !== undefined && !unit.unique ? clone : unit;
  const hosts = host === undefined ? world.hosts : [host];
  for (const target of hosts) {
    for (const part of [banned, ...primitivesOf(banned)]) {
      if (part !== unit && part.configId !== unit.configId && part !== banned) continue;
      addBan(world, part, target, failureText(record));
    }
  }
}

/** In the agent's own words where it gave some. */
function failureText({ operation, exitCode, exitReason }: OperationRecord): string {
  const words = exitCodeWords(exitCode);
  const code = words === undefined ? `exit ${exitCode}` : `${words} (exit ${exitCode})`;
  const said = exitReason === undefined || exitReason === '' ? code : exitReason;
  return `${operation} failed: ${said}`;
}

function addBan(world: World, unit: Unit, host: Host, from: string): void {
  unit.present[host.index] = 1;
  unit.scores[host.index] = addScores(unit.scores[host.index] ?? 0, -INFINITY_SCORE);
  world.contributions.push({
    unit: unit.index,
    host: host.index,
    source: 'failure',
    from,
    score: -INFINITY_SCORE,
  });
}

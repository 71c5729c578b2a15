/** A unit as its configuration makes it, before anything is known of its state. */
import type { AttributeBlock } from '../../model/rule.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import { mergeBlocks } from '../values/blocks.ts';
import type { Values } from '../values/blocks.ts';
import type { RuleContext } from '../values/rules.ts';
import {
  isTrue,
  readBoolean,
  readDurationMs,
  readInteger,
  readRole,
  readScore,
} from '../values/text.ts';
import { ROLE } from '../world.ts';
import type { CloneSettings, Definition, Requirement, RoleLevel, Unit, World } from '../world.ts';
import type { UnitSeed } from './seed.ts';

/** Own blocks, then the parent's values, then the defaults; the first value of a name wins. */
export function readMeta(
  world: World,
  blocks: readonly AttributeBlock[],
  parent: Unit | undefined,
  withAgent: RuleContext,
  extra: Readonly<Record<string, string>> = {},
): Values {
  const meta: Values = new Map(Object.entries(extra));
  mergeBlocks(meta, blocks, withAgent);
  for (const [name, value] of parent?.meta ?? []) if (!meta.has(name)) meta.set(name, value);
  return mergeBlocks(meta, world.picture.configuration.resourceDefaults, withAgent);
}

/**
 * What is configured, and nothing known yet of history, placement and the rest. One literal: the engine
 * lays all properties out in the object itself, which a spread of two would not.
 */
// oxlint-disable-next-line max-lines-per-function -- one property a line
export function blankUnit(world: World, seed: UnitSeed, meta: Values): Unit {
  const { options } = world;
  const hosts = world.hosts.length;
  const parent = seed.place?.parent;
  const clone = seed.clone ?? parent?.clone;
  const maintenance = options.maintenance || isTrue(meta.get('maintenance'));
  const managed =
    (readBoolean(meta.get('is-managed') ?? meta.get('is_managed')) ?? true) && !maintenance;
  return {
    index: world.units.length,
    id: seed.id,
    configId: seed.configId,
    kind: seed.kind,
    parent,
    children: [],
    definition: seed.definition,
    meta,
    instanceNumber: seed.place?.number ?? -1,
    clone: seed.clone,
    bundle: undefined,
    unique: readUnique(meta, clone, parent),
    notify: isTrue(meta.get('notify')),
    critical: readBoolean(meta.get('critical')) ?? true,
    migratable: mayMoveLive(seed, meta.get('allow-migrate') ?? meta.get('allow_migrate')),
    requires: readRequirement(world, seed, meta),
    multipleActive: readMultipleActive(meta.get('multiple-active')),
    priority: readScore(meta.get('priority')),
    stickiness: readScore(
      meta.get('resource-stickiness'),
      seed.place?.number === undefined ? 0 : 1,
    ),
    failureTimeoutMs: reconnectDelayMs(seed) ?? readDurationMs(meta.get('failure-timeout')) ?? 0,
    migrationThreshold: readThreshold(meta.get('migration-threshold')),
    targetRole: roleLevel(readRole(meta.get('target-role') ?? meta.get('target_role'))),
    removed: parent?.removed ?? false,
    managed,
    wantedManaged: managed,
    blocked: false,
    maintenance,
    failed: false,
    failureIgnored: false,
    stopNeeded: false,
    reloadNeeded: false,
    role: ROLE.stopped,
    nextRole: undefined,
    nextRoleReason: undefined,
    activeOn: [],
    knownOn: sharedKnowledge(seed, clone, meta, parent),
    pendingTask: undefined,
    pendingOn: undefined,
    partialTarget: undefined,
    partialSource: undefined,
    foremost: undefined,
    dangling: [],
    scores: new Int32Array(hosts).fill(options.symmetric ? 0 : -INFINITY_SCORE),
    present: new Uint8Array(hosts).fill(options.symmetric ? 1 : 0),
    discoveryNever: undefined,
    discoveryExclusive: undefined,
    provisional: true,
    assigning: false,
    assigned: undefined,
    unplacedReason: undefined,
    thisWith: [],
    withThis: [],
    failures: [],
    expiredRecords: new Set(),
    histories: new Map(),
    historyName: undefined,
    promotionScore: -1,
    promotionFailed: false,
    containerUnit: undefined,
    fillers: [],
    connectionOf: undefined,
    lockedTo: undefined,
    lockOverOn: undefined,
    lockedAtMs: 0,
    tickets: [],
    shutdownReason: undefined,
  };
}

/** Instances of an anonymous clone share what is known of nodes: one probe answers for all. */
function sharedKnowledge(
  seed: UnitSeed,
  clone: CloneSettings | undefined,
  meta: Values,
  parent: Unit | undefined,
): Set<number> {
  const collective = parent?.kind === 'clone' ? parent : parent?.parent;
  if (collective?.kind !== 'clone' || readUnique(meta, clone, parent)) return new Set();
  const first = collective.children[0];
  const sibling =
    first?.configId === seed.configId
      ? first
      : first?.children.find((part) => part.configId === seed.configId);
  return sibling?.knownOn ?? new Set();
}

function readUnique(
  meta: Values,
  clone: CloneSettings | undefined,
  parent: Unit | undefined,
): boolean {
  if (clone === undefined && parent === undefined) return true;
  return (
    readBoolean(meta.get('globally-unique')) ?? (readInteger(meta.get('clone-node-max')) ?? 1) > 1
  );
}

/** A remote connection's `reconnect_interval` is its failure timeout. */
export function reconnectDelayMs(seed: {
  readonly definition: Definition | undefined;
}): number | undefined {
  const agent = seed.definition?.agent;
  if (agent?.provider !== 'pacemaker' || agent.type !== 'remote') return undefined;
  const text = (seed.definition?.parameters ?? [])
    .map((block) => block.values['reconnect_interval'])
    .find((value) => value !== undefined);
  const delay = readDurationMs(text);
  return delay === undefined || delay <= 0 ? undefined : delay;
}

export function roleLevel(role: string | undefined): RoleLevel | undefined {
  switch (readRole(role)) {
    case 'Stopped':
      return ROLE.stopped;
    case 'Started':
      return ROLE.started;
    case 'Unpromoted':
      return ROLE.unpromoted;
    case 'Promoted':
      return ROLE.promoted;
    case undefined:
      return undefined;
  }
}

function readThreshold(text: string | undefined): number {
  const value = readScore(text, INFINITY_SCORE);
  return value < 0 ? INFINITY_SCORE : value;
}

function readMultipleActive(text: string | undefined): Unit['multipleActive'] {
  switch (text) {
    case 'stop_only':
    case 'block':
    case 'stop_unexpected':
      return text;
    default:
      return 'stop_start';
  }
}

function readRequirement(world: World, seed: UnitSeed, meta: Values): Requirement {
  const { options } = world;
  const fenceDevice = seed.definition?.agent.class === 'stonith';
  const text = meta.get('requires');
  switch (text) {
    case 'nothing':
    case 'quorum':
      return text;
    case 'fencing':
      return options.fencing ? 'fencing' : 'quorum';
    case 'unfencing':
      if (!fenceDevice && options.fencing) return 'unfencing';
      break;
    default:
      break;
  }
  if (fenceDevice || isConnection(seed)) return 'quorum';
  if (options.fencing && world.haveUnfencing) return 'unfencing';
  if (options.fencing) return 'fencing';
  // A guest is there again when the stop of its machine is known, whoever has quorum.
  if (seed.extraMeta?.['container'] !== undefined) return 'quorum';
  return options.quorumPolicy === 'ignore' ? 'nothing' : 'quorum';
}

/** The connection of a remote node; a guest's counts as what it is: part of a machine. */
function isConnection(seed: UnitSeed): boolean {
  if (seed.extraMeta?.['container'] !== undefined) return false;
  const agent = seed.definition?.agent;
  return agent?.provider === 'pacemaker' && agent.type === 'remote';
}

/** `allow-migrate` has to be said; only what Holdfast itself runs as a machine moves live unasked. */
function mayMoveLive({ definition }: UnitSeed, word: string | undefined): boolean {
  return word === undefined ? definition?.agent.class === 'vm' : isTrue(word);
}

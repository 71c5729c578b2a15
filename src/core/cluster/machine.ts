/** The replicated state as the store's machine: canonical texts in and out, digest, restart. */
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import { wallMs } from '../model/ids.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Machine } from '../store/types.ts';
import { canonicalJson } from '../wire/canonical.ts';
import { checksum } from '../wire/digest.ts';
import { decodeText } from '../wire/shape.ts';
import { applyCommand } from './apply.ts';
import type { Command } from './commands.ts';
import { levelOf } from './level.ts';
import { openView } from './nodes.ts';
import { sortedKeys, sortedValues, without } from './order.ts';
import { command } from './shapes/commands.ts';
import { stateOf, written } from './shapes/state.ts';
import { nothingStarted } from './started-with.ts';
import type { ClusterState, NodeRecord } from './state.ts';

export const emptyConfiguration: Configuration = {
  options: [],
  nodes: [],
  resources: [],
  templates: [],
  constraints: [],
  resourceDefaults: [],
  operationDefaults: [],
  tags: [],
  fenceDevices: [],
  fencingLevels: [],
};

export const emptyCluster: ClusterState = {
  time: wallMs(0),
  epoch: 0,
  view: '',
  acting: false,
  quorate: false,
  featureLevel: 1,
  configuration: {
    version: 0,
    model: emptyConfiguration,
    source: '',
    appliedAt: wallMs(0),
    appliedBy: '',
  },
  nodes: {},
  marks: {},
  tickets: {},
  fencing: { active: [], ended: [], failures: {}, retryAt: {} },
  transition: undefined,
  decision: {
    wanted: 0,
    because: '',
    answered: 0,
    placements: [],
    unplaced: [],
    findings: [],
    nextChangeAt: undefined,
    frozen: undefined,
  },
  story: [],
  storyCount: 0,
  changeCount: 0,
  recentChanges: [],
};

export const clusterMachine: Machine<ClusterState, Command> = {
  empty: emptyCluster,
  apply: applyCommand,
  openView,
  restart,
  encode: canonicalJson,
  decode: decodeCluster,
  encodeCommand: canonicalJson,
  decodeCommand,
  level: (state) => state.featureLevel,
  levelOf,
  digest: digestOfState,
};

/**
 * Compared when views form, so it must be quick: the story stands for itself by its count, and each
 * part of the state is summed up once, as long as nothing in it changes.
 */
function digestOfState(state: ClusterState): string {
  const { nodes, tickets, story: _told, ...rest } = state;
  const parts: Record<string, unknown> = { ...rest };
  for (const [name, part] of Object.entries(rest)) {
    if (typeof part === 'object') parts[name] = sumOf(part);
  }
  parts['nodes'] = sumsOf(nodes);
  parts['tickets'] = sumsOf(tickets);
  return checksum(canonicalJson(parts));
}

function sumsOf(records: Readonly<Record<string, object>>): readonly string[] {
  return sortedKeys(records).map((key) => `${key} ${sumOf(records[key] ?? {})}`);
}

function sumOf(part: object): string {
  let sum = sums.get(part);
  if (sum === undefined) {
    sum = checksum(canonicalJson(part));
    sums.set(part, sum);
  }
  return sum;
}

/** Only remembers what is computed anyway: the same answers with or without it. */
const sums = new WeakMap<object, string>();

/**
 * A daemon starts from its disk. What it knew of operations and of who is there belongs to an
 * earlier life; that a node was lost, or left in good order, stays true.
 */
function restart(state: ClusterState): ClusterState {
  const nodes: Record<string, NodeRecord> = {};
  for (const node of sortedValues(state.nodes)) nodes[node.name] = restarted(node);
  return {
    ...state,
    nodes,
    transition: undefined,
    acting: false,
    quorate: false,
    decision: {
      ...emptyCluster.decision,
      wanted: state.decision.wanted + 1,
      because: 'cold start',
    },
  };
}

function restarted(node: NodeRecord): NodeRecord {
  const known = node.condition === 'lost' || node.condition === 'down';
  return {
    // What the disk says of it may be older than the last stop.
    ...nothingStarted(node),
    condition: known ? node.condition : 'unseen',
    because: known ? node.because : 'it has not been seen since the cluster started',
    history: {},
    // It may have taken that back in a life whose last word is not on this disk.
    attributes: without(node.attributes, WATCHDOG_ATTRIBUTE),
    shutdownRequested: false,
  };
}

/** A snapshot that is damaged, or of a state that this program does not know, is none. */
function decodeCluster(text: string): ClusterState | undefined {
  const checked = decodeText(written, text);
  return checked.kind === 'ok' ? stateOf(checked.value) : undefined;
}

/** What does not have the exact shape of a command never reaches apply. */
function decodeCommand(text: string): Command | undefined {
  const checked = decodeText(command, text);
  return checked.kind === 'ok' ? checked.value : undefined;
}

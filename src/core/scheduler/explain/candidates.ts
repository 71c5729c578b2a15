/** What might be changed so that a resource runs: each with the words and the command for it. */
import type { Constraint, ResourceSet } from '../../model/configuration.ts';
import type { CounterfactualChange } from '../../model/explanation.ts';
import { addScores, scoreText } from '../../model/score.ts';
import { readScore } from '../values/text.ts';
import { cloneOf, topOf } from '../world.ts';
import type { Host, World } from '../world.ts';
import * as change from './changes.ts';
import type { Change } from './changes.ts';
import type { Relatives } from './relatives.ts';

export interface Candidate extends CounterfactualChange {
  readonly apply: Change;
}

/** Where something is wanted to run that does not run there now. */
export interface Place {
  readonly world: World;
  readonly relatives: Relatives;
  readonly host: Host;
  /** Whether to move it there is an answer: of what runs nowhere it would hide the reason. */
  readonly withMove: boolean;
}

/** In the order in which they are worth while: what ends by a command first, edits of files last. */
export function candidatesFor(place: Place): readonly Candidate[] {
  return [
    ...failures(place),
    ...nodeCandidates(place),
    // Before a start: taking back a move takes back the commands before it as well.
    ...marks(place),
    ...wanted(place),
    ...clusterCandidates(place),
    ...tickets(place),
    ...move(place),
    ...constraints(place),
  ];
}

function failures(place: Place): readonly Candidate[] {
  const { world, relatives, host } = place;
  const found: Candidate[] = [];
  for (const [id, primitives] of relatives.cleanups) {
    const count = countFailures(host, primitives);
    if (count === 0 && !hasFailedHere(world, host, primitives)) continue;
    if (primitives.size > 1 && failedOnes(place, primitives) < 2) continue;
    const what = count === 0 ? `the failure of ${id}` : `the fail count of ${id}`;
    const shown = count === 0 ? '' : ` (${scoreText(count)})`;
    found.push({
      text: `${what} on ${host.name}${shown} were cleared`,
      command: `holdfast resource cleanup ${id} --node ${host.name}`,
      apply: change.clearFailures(primitives, host.name),
    });
  }
  return found;
}

/** A group is cleaned up as a whole only where several of its members have failed. */
function failedOnes({ world, host }: Place, primitives: ReadonlySet<string>): number {
  return [...primitives].filter((id) => {
    const alone = new Set([id]);
    return countFailures(host, alone) > 0 || hasFailedHere(world, host, alone);
  }).length;
}

function countFailures(host: Host, primitives: ReadonlySet<string>): number {
  let count = 0;
  for (const [name, value] of host.attributes) {
    if (!name.startsWith('fail-count-')) continue;
    if (primitives.has(change.failureOwner(name) ?? '')) count = addScores(count, readScore(value));
  }
  return count;
}

function hasFailedHere(world: World, host: Host, primitives: ReadonlySet<string>): boolean {
  const history = world.picture.status.nodes.find(({ name }) => name === host.name)?.history ?? [];
  return history.some(
    (entry) =>
      primitives.has(entry.resource.replace(/:\d+$/, '')) && entry.operations.some(change.isFailed),
  );
}

function nodeCandidates({ world, host }: Place): readonly Candidate[] {
  const { name } = host;
  const members = world.hosts.filter((each) => each !== host && each.kind === 'member');
  const others = [
    ...members.filter((each) => each.held).map(daemonBack),
    ...members.filter((each) => each.unclean).map(confirmedOff),
  ];
  if (host.kind !== 'member') return others;
  if (host.held) return [daemonBack(host), ...others];
  const back: Candidate = { text: `${name} were back`, apply: change.nodeBack(name) };
  if (host.unclean || !host.online) return [back, ...others];
  return [...resting(world, host), ...unhealthy(host), ...others];
}

const daemonBack = ({ name }: Host): Candidate => ({
  text: `the daemon of ${name} were back`,
  apply: change.daemonBack(name),
});

function confirmedOff({ name }: Host): Candidate {
  return {
    text: `${name} were known to be off`,
    command: `holdfast fence confirm ${name}`,
    apply: change.nodeOff(name),
  };
}

/** Standby and maintenance, by command and as configured. */
function resting({ picture }: World, host: Host): readonly Candidate[] {
  const { name } = host;
  if (!host.standby && !host.maintenance) return [];
  const state = host.standby ? 'standby' : 'maintenance';
  const blocks = picture.configuration.nodes.find((node) => node.name === name)?.attributes ?? [];
  const transient = picture.status.nodes.find((node) => node.name === name)?.transient ?? [];
  const isSet = blocks.some((block) => change.isMarks(block) && state in block.values);
  const noted = state === 'standby' && transient.some((block) => state in block.values);
  const byCommand: Candidate = {
    text: `the ${state} of ${name} were ended`,
    command: `holdfast node online ${name}`,
    apply: change.endNodeMarks(name),
  };
  const byFile: Candidate = {
    text: `the configured ${state} of ${name} were taken out`,
    apply: change.withoutNodeAttribute(name, (each) => each === state),
  };
  const configured = blocks.some((block) => !change.isMarks(block) && state in block.values);
  return [...(isSet || noted ? [byCommand] : []), ...(configured ? [byFile] : [])];
}

function unhealthy({ name, health }: Host): readonly Candidate[] {
  if (health >= 0) return [];
  const apply = change.withoutNodeAttribute(name, (each) => each.startsWith('#health'));
  return [{ text: `${name} were healthy`, apply }];
}

/** What keeps it from running anywhere: a stop, maintenance, is-managed. */
function wanted({ world, relatives }: Place): readonly Candidate[] {
  return relatives.resources.flatMap((id) => {
    const blocks = change.metaBlocks(world.picture, id);
    const value = (name: string): string | undefined =>
      blocks.map((block) => block.values[name]).find((each) => each !== undefined);
    const found: Candidate[] = [];
    if (change.isStop(value('target-role'))) found.push(startCandidate(id));
    const marked = blocks.some((block) => change.isMarks(block) && 'maintenance' in block.values);
    if (marked) {
      const command = `holdfast resource maintenance ${id} --off`;
      const text = `the maintenance of ${id} were ended`;
      found.push({ text, command, apply: change.endMaintenance(id) });
    }
    for (const [name, free] of [
      ['is-managed', 'true'],
      ['maintenance', 'false'],
    ] as const) {
      const isConfigured = blocks.some((block) => !change.isMarks(block) && name in block.values);
      if (!isConfigured || value(name) === free) continue;
      const text = `${name} of ${id} were ${free}`;
      found.push({ text, apply: change.withMeta(id, name, free) });
    }
    return found;
  });
}

function startCandidate(id: string): Candidate {
  const command = `holdfast resource start ${id}`;
  return { text: `${id} were started`, command, apply: change.started(id) };
}

function clusterCandidates({ world }: Place): readonly Candidate[] {
  const { options } = world;
  const found: Candidate[] = [];
  if (!world.quorate) found.push({ text: 'there were quorum', apply: change.withQuorum });
  if (options.maintenance) found.push(withoutOption('maintenance-mode'));
  if (options.stopAll) found.push(withoutOption('stop-all-resources'));
  if (options.fencing && !world.haveFenceDevice) {
    found.push({ text: 'a fence device were configured', apply: change.withFenceDevice });
  }
  return found;
}

const withoutOption = (name: string): Candidate => ({
  text: `the option ${name} were taken out`,
  apply: change.withoutOption(name),
});

/** Moves by command, of the resource itself and of what it depends on. */
function marks({ world, relatives }: Place): readonly Candidate[] {
  return world.picture.configuration.constraints.flatMap((constraint): Candidate[] => {
    const id = /^move:(.+)$/.exec(constraint.id)?.[1];
    if (id === undefined || !relatives.all.has(id)) return [];
    const command = `holdfast resource clear ${id}`;
    return [{ text: `the move of ${id} were taken back`, command, apply: change.cleared(id) }];
  });
}

function tickets({ world, relatives }: Place): readonly Candidate[] {
  const names = new Set<string>();
  for (const unit of relatives.units) {
    for (const { ticket, granted, standby } of unit.tickets) {
      if (!granted || standby) names.add(ticket);
    }
  }
  return [...names].map((ticket) => {
    const known = world.picture.status.tickets.find(({ id }) => id === ticket);
    const word = known?.granted === true ? 'active' : 'granted';
    return { text: `ticket ${ticket} were ${word}`, apply: change.withTicket(ticket) };
  });
}

function move({ relatives, host, withMove }: Place): readonly Candidate[] {
  const [unit] = relatives.units;
  if (unit === undefined || !withMove) return [];
  // An instance that is there already can still be promoted for it.
  if (unit.assigned === host && cloneOf(unit)?.clone?.promotable !== true) return [];
  const id = topOf(unit).configId;
  const command = `holdfast resource move ${id} ${host.name}`;
  return [{ text: `it were moved to ${host.name}`, command, apply: change.moved(id, host.name) }];
}

/** Constraints that may keep it from the node, by what they name. */
function constraints({ world, relatives, host }: Place): readonly Candidate[] {
  return world.picture.configuration.constraints
    .filter((constraint) => !constraint.id.startsWith('move:'))
    .filter((constraint) => isAbout(world, constraint, relatives.all))
    .filter((constraint) => mayKeepFrom(constraint, host))
    .map(({ kind, id }) => ({
      text: `the ${KIND_NAMES[kind]} constraint ${id} were taken out`,
      apply: change.withoutConstraint(id),
    }));
}

const KIND_NAMES: Readonly<Record<Constraint['kind'], string>> = {
  location: 'location',
  colocation: 'colocation',
  'colocation-sets': 'colocation',
  order: 'order',
  'order-sets': 'order',
  ticket: 'ticket',
};

function mayKeepFrom(constraint: Constraint, host: Host): boolean {
  if (constraint.kind === 'order' || constraint.kind === 'order-sets') {
    return constraint.orderKind === 'Mandatory';
  }
  if (constraint.kind !== 'location' || constraint.node === undefined) return true;
  const score = constraint.score ?? 0;
  return constraint.node === host.name ? score < 0 : score > 0 || isExclusive(constraint);
}

const isExclusive = (constraint: Constraint): boolean =>
  constraint.kind === 'location' && constraint.discovery === 'exclusive';

function isAbout(world: World, constraint: Constraint, ids: ReadonlySet<string>): boolean {
  const means = (id: string | undefined): boolean =>
    id !== undefined && (ids.has(id) || (world.tags.get(id) ?? []).some((each) => ids.has(each)));
  const inSets = (sets: readonly ResourceSet[]): boolean =>
    sets.some((set) => set.resources.some(means));
  switch (constraint.kind) {
    case 'location':
      switch (constraint.target.kind) {
        case 'resource':
          return means(constraint.target.resource);
        case 'sets':
          return inSets(constraint.target.sets);
        case 'pattern':
          return true;
      }
    // falls through: every kind of target has returned
    case 'colocation':
      return means(constraint.dependent) || means(constraint.primary);
    case 'colocation-sets':
    case 'order-sets':
      return inSets(constraint.sets);
    case 'order':
      return means(constraint.then);
    case 'ticket':
      return means(constraint.resource) || inSets(constraint.sets);
  }
}

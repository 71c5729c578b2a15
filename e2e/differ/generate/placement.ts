/** Where everything runs at the moment, as histories tell it. */
import type {
  BundleDraft,
  CloneDraft,
  Draft,
  NodeDraft,
  PrimitiveDraft,
  ResourceDraft,
} from './draft.ts';
import { leavesOf, usable } from './draft.ts';
import { historyOf, notFound, record, running } from './records.ts';
import type { ActiveRole } from './records.ts';

export function addPlacements(draft: Draft): void {
  const { chance } = draft;
  // Much runs at one node, so that constraints are often met already.
  const home = chance.one(usable(draft));
  for (const resource of draft.resources) {
    if (resource.kind === 'bundle') placeBundle(draft, resource);
    else if (resource.kind === 'clone') placeClone(draft, resource);
    else placeSingle(draft, resource, home);
  }
  for (const node of draft.nodes) if (node.kind === 'remote') placeRemote(draft, node);
  for (const resource of draft.resources) addAbsences(draft, resource);
}

function placeSingle(draft: Draft, resource: ResourceDraft, home: NodeDraft | undefined): void {
  const { chance } = draft;
  if (!chance.percent(80) || resource.meta.get('target-role') === 'Stopped') return;
  const node = chance.percent(40) && home !== undefined ? home : chance.one(usable(draft));
  if (node === undefined) return;
  const leaves = leavesOf(resource);
  const count = chance.percent(80) ? leaves.length : chance.whole(0, leaves.length);
  for (const leaf of leaves.slice(0, count)) {
    run(draft, node, leaf, { role: 'Started' });
    connect(draft, node, leaf);
  }
}

/** A guest comes up with its machine, a remote node with its connection. */
function connect(draft: Draft, node: NodeDraft, leaf: PrimitiveDraft): void {
  const name = leaf.meta.get('remote-node') ?? leaf.id;
  const behind = draft.nodes.find((entry) => entry.name === name);
  if (behind === undefined || !draft.chance.percent(90)) return;
  behind.state = 'online';
  if (behind.kind !== 'guest') return;
  node.history.set(name, connection(leaf.id));
}

const REMOTE = { class: 'ocf', provider: 'pacemaker', type: 'remote' } as const;

const connection = (container: string) => ({
  agent: REMOTE,
  container,
  attributes: {},
  operations: [record('start', 0), record('monitor', 0, { intervalMs: 30_000, agoS: 2900 })],
});

interface RunOptions {
  readonly role: ActiveRole;
  /** Name in the history, where it is not the id. */
  readonly name?: string;
}

function run(
  draft: Draft,
  node: NodeDraft,
  leaf: PrimitiveDraft,
  { role, name }: RunOptions,
): void {
  const records = running(leaf, role, draft.chance.percent(12));
  historyOf(node, leaf, name).operations.push(...records);
}

function placeClone(draft: Draft, clone: CloneDraft): void {
  const { chance } = draft;
  if (chance.percent(10)) return;
  const hosts = chance.shuffled([...usable(draft), ...draft.nodes.filter(runsClones)]);
  const instancesMax = Number(clone.meta.get('clone-max') ?? hosts.length);
  const perNode = Number(clone.meta.get('clone-node-max') ?? 1);
  const promotedMax = Number(clone.meta.get('promoted-max') ?? 1);
  let number = 0;
  for (const node of hosts.flatMap((host) => new Array<NodeDraft>(perNode).fill(host))) {
    if (number >= instancesMax || !chance.percent(85)) continue;
    const role = roleOf(draft, clone, number < promotedMax);
    for (const leaf of leavesOf(clone)) {
      const name = clone.isUnique ? `${leaf.id}:${number}` : leaf.id;
      run(draft, node, leaf, { role, name });
    }
    number += 1;
  }
  if (clone.isPromotable) for (const host of hosts) addPromotionScore(draft, clone, host);
}

const runsClones = ({ kind, state }: NodeDraft): boolean =>
  (kind === 'remote' || kind === 'guest') && state === 'online';

function roleOf({ chance }: Draft, clone: CloneDraft, isFirst: boolean): ActiveRole {
  if (!clone.isPromotable) return 'Started';
  return isFirst && chance.percent(75) ? 'Promoted' : 'Unpromoted';
}

/** Agents set these; without any nothing is promoted. */
function addPromotionScore({ chance }: Draft, clone: CloneDraft, node: NodeDraft): void {
  if (!chance.percent(85)) return;
  const [leaf] = leavesOf(clone);
  node.transient.set(
    `master-${leaf?.id ?? ''}`,
    chance.one(['5', '10', '10', '100', '-INFINITY', '1000']),
  );
}

function placeBundle(draft: Draft, bundle: BundleDraft): void {
  const { chance } = draft;
  const hosts = chance.shuffled(usable(draft));
  for (let number = 0; number < bundle.replicas; number += 1) {
    const host = hosts[number % hosts.length];
    const inner = draft.nodes.find(({ name }) => name === `${bundle.id}-${number}`);
    if (host === undefined || !chance.percent(80)) continue;
    placeReplica(draft, bundle, { number, host, inner });
  }
}

function placeReplica(
  draft: Draft,
  bundle: BundleDraft,
  {
    number,
    host,
    inner,
  }: { readonly number: number; readonly host: NodeDraft; readonly inner: NodeDraft | undefined },
): void {
  const provider = 'heartbeat';
  const parts: readonly (readonly [string, string])[] = [
    ...(bundle.hasAddress ? [[bundleAddress(bundle, number), 'IPaddr2'] as const] : []),
    [`${bundle.id}-${bundle.engine}-${number}`, bundle.engine],
  ];
  for (const [name, type] of parts) {
    host.history.set(name, {
      agent: { class: 'ocf', provider, type },
      attributes: {},
      operations: [record('start', 0), record('monitor', 0, { intervalMs: 60_000, agoS: 2900 })],
    });
  }
  if (bundle.child === undefined || inner === undefined) return;
  host.history.set(inner.name, connection(`${bundle.id}-${bundle.engine}-${number}`));
  inner.state = 'online';
  const role = bundle.promotedMax === 0 ? 'Started' : number === 0 ? 'Promoted' : 'Unpromoted';
  if (draft.chance.percent(90)) run(draft, inner, bundle.child, { role });
  if (bundle.promotedMax > 0) inner.transient.set(`master-${bundle.child.id}`, String(10 - number));
}

export const bundleAddress = (bundle: BundleDraft, number: number): string =>
  `${bundle.id}-ip-192.168.122.${131 + number}`;

/** Something of what can run there runs on a remote node too. */
function placeRemote(draft: Draft, node: NodeDraft): void {
  if (node.state !== 'online') return;
  const plain = draft.resources.find(
    (entry) =>
      entry.kind === 'primitive' && entry.agent.class === 'ocf' && entry.agent.type === 'Dummy',
  );
  if (plain?.kind !== 'primitive' || !draft.chance.percent(40)) return;
  for (const other of draft.nodes) other.history.delete(plain.id);
  run(draft, node, plain, { role: 'Started' });
}

/** Where it does not run it was looked for, or it was stopped there. */
function addAbsences(draft: Draft, resource: ResourceDraft): void {
  const { chance, has } = draft;
  const names = historyNames(resource);
  for (const node of draft.nodes) {
    if (node.state === 'unseen' || (node.kind !== 'member' && node.state !== 'online')) continue;
    if (node.kind === 'bundle' || (node.kind !== 'member' && resource.kind === 'bundle')) continue;
    for (const [name, leaf] of names) {
      if (node.history.has(name) || isForbiddenThere(node, leaf)) continue;
      if (has('no-probe') && chance.percent(45)) continue;
      const stopped = chance.percent(20) ? record('stop', 0) : notFound();
      historyOf(node, leaf, name).operations.push(stopped);
    }
  }
}

/** Connections, fence devices and machines of guests are not looked for on such nodes. */
const isForbiddenThere = (node: NodeDraft, leaf: PrimitiveDraft): boolean =>
  node.kind !== 'member' &&
  (leaf.agent.class === 'stonith' || leaf.agent.type === 'remote' || leaf.meta.has('remote-node'));

function historyNames(resource: ResourceDraft): readonly (readonly [string, PrimitiveDraft])[] {
  if (resource.kind === 'bundle') return bundleNames(resource);
  const leaves = leavesOf(resource);
  if (resource.kind !== 'clone' || !resource.isUnique) return leaves.map((leaf) => [leaf.id, leaf]);
  const numbers = Array.from(
    { length: Number(resource.meta.get('clone-max') ?? 2) },
    (_, at) => at,
  );
  return leaves.flatMap((leaf) => numbers.map((at) => [`${leaf.id}:${at}`, leaf] as const));
}

function bundleNames(bundle: BundleDraft): readonly (readonly [string, PrimitiveDraft])[] {
  const names: [string, PrimitiveDraft][] = [];
  for (let number = 0; number < bundle.replicas; number += 1) {
    const part = (id: string, type: string): void => {
      const agent = { class: 'ocf', provider: type === 'remote' ? 'pacemaker' : 'heartbeat', type };
      names.push([id, { ...EMPTY, id, agent }]);
    };
    if (bundle.hasAddress) part(bundleAddress(bundle, number), 'IPaddr2');
    part(`${bundle.id}-${bundle.engine}-${number}`, bundle.engine);
    if (bundle.child !== undefined) part(`${bundle.id}-${number}`, 'remote');
  }
  return names;
}

const EMPTY: Omit<PrimitiveDraft, 'id' | 'agent'> = {
  kind: 'primitive',
  parameters: new Map(),
  blocks: [],
  meta: new Map(),
  utilization: new Map(),
  operations: [],
};

/** Resources of every kind that the features ask for. */
import { element } from '../xml.ts';
import { addSettings } from './settings.ts';
import type {
  Agent,
  BundleDraft,
  CloneDraft,
  Draft,
  GroupDraft,
  NodeDraft,
  PrimitiveDraft,
  ResourceDraft,
} from './draft.ts';
import { NOW_S, operation, primitive } from './draft.ts';
import { block } from './options.ts';

export function addResources(draft: Draft): void {
  const { chance, has, resources } = draft;
  const made: ResourceDraft[] = [];
  const singles = chance.whole(1, has('colocation') || has('order') ? 4 : 3);
  for (let number = 1; number <= singles; number += 1) made.push(single(draft, `p${number}`));
  if (has('group'))
    for (const id of ['g1', 'g2'].slice(0, chance.whole(1, 2))) made.push(group(draft, id));
  if (has('clone')) made.push(clone(draft, 'c1', { child: single(draft, 'c1p') }));
  if (has('clone') && chance.percent(40))
    made.push(clone(draft, 'c2', { child: single(draft, 'c2p') }));
  if (has('clone-group')) made.push(clone(draft, 'k1', { child: group(draft, 'k1g') }));
  if (has('promotable')) made.push(promotable(draft));
  if (has('unique')) made.push(clone(draft, 'u1', { child: single(draft, 'u1p'), isUnique: true }));
  if (has('bundle')) made.push(bundle(draft));
  if (has('guest')) made.push(guest(draft));
  if (has('remote')) made.push(remote(draft));
  resources.push(...chance.shuffled(made));
  if (has('no-fencing') ? chance.percent(20) : chance.percent(95)) addFenceDevices(draft);
  for (const resource of resources) addSettings(draft, resource);
}

const DUMMY: Agent = { class: 'ocf', provider: 'pacemaker', type: 'Dummy' };
const ADDRESS: Agent = { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' };
const STATEFUL: Agent = { class: 'ocf', provider: 'pacemaker', type: 'Stateful' };
const UNIT: Agent = { class: 'systemd', type: 'nginx' };
const MACHINE: Agent = { class: 'ocf', provider: 'heartbeat', type: 'VirtualDomain' };
const CONNECTION: Agent = { class: 'ocf', provider: 'pacemaker', type: 'remote' };

function single(draft: Draft, id: string): PrimitiveDraft {
  const { chance, has } = draft;
  const isTemplated = has('template') && chance.percent(50);
  const made = primitive(
    id,
    isTemplated ? DUMMY : chance.one([DUMMY, DUMMY, DUMMY, ADDRESS, UNIT]),
  );
  if (made.agent === ADDRESS) made.parameters.set('ip', `10.0.0.${chance.whole(1, 250)}`);
  if (made.agent === DUMMY && chance.percent(40)) made.parameters.set('fake', id);
  if (chance.percent(85)) made.operations.push(operation('monitor', 10_000));
  if (chance.percent(30)) made.operations.push(operation('start', 0, { timeout: '60s' }));
  if (!isTemplated) return made;
  addTemplate(draft);
  return { ...made, template: 'base' };
}

function addTemplate({ templates }: Draft): void {
  if (templates.length > 0) return;
  const { type, provider } = DUMMY;
  templates.push(
    element('template', { id: 'base', class: 'ocf', provider, type }, [
      block('meta_attributes', 'base-meta', { 'resource-stickiness': '20' }),
      element('operations', {}, [
        element('op', { id: 'base-monitor', name: 'monitor', interval: '30s', timeout: '25s' }),
      ]),
    ]),
  );
}

function group(draft: Draft, id: string): GroupDraft {
  const names = ['a', 'b', 'c', 'd'].slice(0, draft.chance.whole(1, 4));
  return {
    kind: 'group',
    id,
    meta: new Map(),
    members: names.map((name) =>
      single({ ...draft, has: (f) => f !== 'template' && draft.has(f) }, id + name),
    ),
  };
}

function clone(
  draft: Draft,
  id: string,
  parts: { readonly child: PrimitiveDraft | GroupDraft } & Partial<
    Pick<CloneDraft, 'isPromotable' | 'isUnique'>
  >,
): CloneDraft {
  const { chance, has } = draft;
  const made: CloneDraft = {
    kind: 'clone',
    id,
    meta: new Map(),
    isPromotable: false,
    isUnique: false,
    ...parts,
  };
  if (made.isPromotable) made.meta.set('promotable', 'true');
  if (made.isPromotable && chance.percent(15)) made.meta.set('promoted-max', '2');
  if (made.isUnique) {
    made.meta.set('globally-unique', 'true');
    made.meta.set('clone-max', String(chance.whole(2, 4)));
    if (chance.percent(50)) made.meta.set('clone-node-max', '2');
  }
  if (has('interleave') && chance.percent(70)) made.meta.set('interleave', 'true');
  if (has('clone-max') && chance.percent(60))
    made.meta.set('clone-max', String(chance.whole(1, 3)));
  if (has('clone-min')) made.meta.set('clone-min', String(chance.whole(1, 2)));
  if (has('notify')) made.meta.set('notify', 'true');
  if (chance.percent(8)) made.meta.set('ordered', 'true');
  return made;
}

function promotable(draft: Draft): CloneDraft {
  const { chance } = draft;
  const stateful = (id: string): PrimitiveDraft => {
    const made = primitive(id, STATEFUL);
    if (chance.percent(90)) {
      made.operations.push(operation('monitor', 10_000, { role: 'Unpromoted' }));
      made.operations.push(operation('monitor', 9000, { role: 'Promoted' }));
    }
    return made;
  };
  if (chance.percent(85)) {
    return clone(draft, 'm1', { child: stateful('m1p'), isPromotable: true });
  }
  const members = [stateful('m1a'), stateful('m1b')];
  const child: GroupDraft = { kind: 'group', id: 'm1g', meta: new Map(), members };
  return clone(draft, 'm1', { child, isPromotable: true });
}

function bundle(draft: Draft): BundleDraft {
  const { chance, nodes } = draft;
  const replicas = chance.whole(1, Math.min(3, nodes.length));
  const promotedMax = chance.percent(40) ? 1 : 0;
  const child = primitive('b1p', promotedMax > 0 ? STATEFUL : DUMMY);
  const isEmpty = promotedMax === 0 && chance.percent(15);
  if (promotedMax > 0) {
    child.operations.push(operation('monitor', 10_000, { role: 'Unpromoted' }));
    child.operations.push(operation('monitor', 9000, { role: 'Promoted' }));
  } else child.operations.push(operation('monitor', 10_000));
  for (let number = 0; number < (isEmpty ? 0 : replicas); number += 1) {
    nodes.push(connected(`b1-${number}`, 'bundle'));
  }
  return {
    kind: 'bundle',
    id: 'b1',
    engine: chance.one(['podman', 'docker']),
    replicas,
    promotedMax,
    hasAddress: chance.percent(60),
    meta: new Map(),
    child: isEmpty ? undefined : child,
  };
}

function guest(draft: Draft): PrimitiveDraft {
  const { chance, nodes } = draft;
  const made = primitive('vm1', MACHINE);
  made.parameters.set('config', '/etc/libvirt/qemu/vm1.xml');
  made.meta.set('remote-node', 'guest1');
  if (chance.percent(40)) made.meta.set('remote-addr', '10.9.0.1');
  if (chance.percent(30)) made.meta.set('allow-migrate', 'true');
  made.operations.push(operation('monitor', 10_000));
  nodes.push(connected('guest1', 'guest'));
  return made;
}

function remote(draft: Draft): PrimitiveDraft {
  const { chance, nodes } = draft;
  const made = primitive('remote1', CONNECTION);
  made.parameters.set('server', '10.9.0.2');
  if (chance.percent(50)) made.parameters.set('reconnect_interval', '60');
  if (chance.percent(80)) made.operations.push(operation('monitor', 60_000));
  nodes.push(connected('remote1', 'remote'));
  return made;
}

function connected(name: string, kind: NodeDraft['kind']): NodeDraft {
  return {
    id: name,
    name,
    kind,
    state: 'offline',
    attributes: new Map(),
    transient: new Map(),
    utilization: new Map(),
    history: new Map(),
    lastCall: 0,
  };
}

function addFenceDevices(draft: Draft): void {
  const { chance, has, resources, topology, nodes } = draft;
  const type = has('unfencing') ? 'fence_scsi' : 'fence_xvm';
  const device = primitive('f1', { class: 'stonith', type });
  if (has('unfencing')) addUnfencing(draft, device);
  device.parameters.set('pcmk_host_list', nodes.map(({ name }) => name).join(' '));
  if (chance.percent(70)) device.operations.push(operation('monitor', 60_000));
  const at = chance.whole(0, resources.length);
  resources.splice(at, 0, device);
  if (!has('topology')) return;
  topology.push(
    element('fencing-level', { id: 'fl1', target: nodes[0]?.name, index: '1', devices: device.id }),
  );
}

/** Nodes are let to the shared storage when they come up; some have been already. */
function addUnfencing({ chance, nodes }: Draft, device: PrimitiveDraft): void {
  device.meta.set('provides', 'unfencing');
  for (const node of nodes) {
    if (node.kind === 'member' && chance.percent(70)) {
      node.transient.set('#node-unfenced', String(NOW_S - 4000));
    }
  }
}

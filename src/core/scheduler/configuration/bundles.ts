/**
 * Bundles: each replica is a container, an optional address, a connection and an inner instance
 * (Pacemaker Explained, "Bundles"). The inner instances are those of an implicit clone.
 */
import type { Bundle, Clone, OperationConfiguration } from '../../model/configuration.ts';
import { resourceId } from '../../model/ids.ts';
import type { AttributeBlock } from '../../model/rule.ts';
import type { RuleContext } from '../values/rules.ts';
import { readInteger } from '../values/text.ts';
import type { BundleSettings, Definition, Replica, Unit, World } from '../world.ts';
import { containerParameters, replicaAddress } from './containers.ts';
import { connectionDefinition } from './guests.ts';
import { bundleReplicas } from './hosts.ts';
import { addUnit } from './unit.ts';
import { addClone } from './units.ts';

export function addBundle(world: World, bundle: Bundle, context: RuleContext): void {
  const unit = addUnit(world, {
    id: bundle.id,
    configId: bundle.id,
    kind: 'bundle',
    place: undefined,
    definition: undefined,
    metaBlocks: bundle.meta,
    context,
    clone: undefined,
  });
  const settings: BundleSettings = {
    replicasMax: bundleReplicas(bundle.container),
    perHostMax: Math.max(1, readInteger(bundle.container['replicas-per-host']) ?? 1),
    promotedMax: readInteger(bundle.container['promoted-max'] ?? bundle.container['masters']) ?? 0,
    replicas: [],
    inner: undefined,
  };
  const inner =
    bundle.child === undefined ? undefined : addInner(world, bundle, unit, settings, context);
  unit.bundle = { ...settings, inner };
  const { replicas } = unit.bundle;
  for (let offset = 0; offset < settings.replicasMax; offset += 1) {
    const replica = addReplica(world, bundle, unit, offset, context);
    replicas.push(replica);
  }
  if (inner !== undefined) unit.children.push(inner);
  world.roots.push(unit);
}

function addInner(
  world: World,
  bundle: Bundle,
  parent: Unit,
  settings: BundleSettings,
  context: RuleContext,
): Unit | undefined {
  if (bundle.child === undefined) return undefined;
  const promoted = settings.promotedMax > 0;
  const values: Record<string, string> = {
    ordered: 'true',
    'clone-max': String(settings.replicasMax),
    'clone-node-max': String(settings.perHostMax),
    'globally-unique': settings.perHostMax > 1 ? 'true' : 'false',
  };
  if (promoted) {
    values['promotable'] = 'true';
    values['promoted-max'] = String(settings.promotedMax);
  }
  const clone: Clone = {
    kind: 'clone',
    id: resourceId(`${bundle.id}-${promoted ? 'master' : 'clone'}`),
    child: bundle.child,
    meta: [{ id: `${bundle.id}-inner`, score: 0, values }],
    parameters: [],
    promotable: promoted,
  };
  return addClone(world, clone, context, parent);
}

function addReplica(
  world: World,
  bundle: Bundle,
  parent: Unit,
  offset: number,
  context: RuleContext,
): Replica {
  const address = replicaAddress(bundle, offset);
  const part = (id: string, definition: Definition): Unit => {
    const unit = addUnit(world, {
      id,
      configId: id,
      kind: 'primitive',
      place: { parent, number: undefined },
      definition,
      metaBlocks: [],
      context,
      clone: undefined,
    });
    parent.children.push(unit);
    return unit;
  };
  const addressUnit =
    address === undefined
      ? undefined
      : part(`${bundle.id}-ip-${address}`, addressDefinition(bundle, address));
  const container = part(
    `${bundle.id}-${bundle.engine}-${offset}`,
    containerDefinition(bundle, offset),
  );
  const inner = parent.bundle?.inner?.children[offset];
  const host = inner === undefined ? undefined : world.hostByName.get(`${bundle.id}-${offset}`);
  const connection =
    host === undefined ? undefined : part(host.name, connectionOf(bundle, host.name, address));
  if (connection !== undefined && host !== undefined) {
    connection.connectionOf = host;
    connection.containerUnit = container;
    container.fillers.push(connection);
    host.connection = connection;
    host.container = container;
    connection.scores.fill(0);
    connection.present.fill(1);
  }
  return { offset, container, address: addressUnit, connection, child: inner, host };
}

const MONITOR_MS = 60_000;

function monitor(id: string): OperationConfiguration {
  return {
    id: `${id}-monitor-60s`,
    name: 'monitor',
    intervalMs: MONITOR_MS,
    attributes: {},
    meta: [],
    parameters: [],
  };
}

const block = (id: string, values: Readonly<Record<string, string>>): AttributeBlock => ({
  id: `${id}-attributes`,
  score: 0,
  values,
});

function containerDefinition(bundle: Bundle, offset: number): Definition {
  const id = `${bundle.id}-${bundle.engine}-${offset}`;
  return {
    id,
    agent: { class: 'ocf', provider: 'heartbeat', type: bundle.engine },
    parameters: [block(id, containerParameters(bundle, offset))],
    utilization: [],
    operations: [monitor(id)],
    meta: [],
  };
}

function addressDefinition(bundle: Bundle, address: string): Definition {
  const id = `${bundle.id}-ip-${address}`;
  const values: Record<string, string> = {
    ip: address,
    cidr_netmask: bundle.network['host-netmask'] ?? '32',
  };
  const nic = bundle.network['host-interface'];
  if (nic !== undefined) values['nic'] = nic;
  return {
    id,
    agent: { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' },
    parameters: [block(id, values)],
    utilization: [],
    operations: [monitor(id)],
    meta: [],
  };
}

/** Without an address of its own the replica is reached at the node that its container runs on. */
export const AT_CONTAINER = '#uname';

function connectionOf(bundle: Bundle, name: string, address: string | undefined): Definition {
  const parameters = {
    addr: address ?? AT_CONTAINER,
    port: bundle.network['control-port'] ?? '3121',
  };
  return connectionDefinition(name, parameters, '60s');
}

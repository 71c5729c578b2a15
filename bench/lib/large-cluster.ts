/**
 * Large clusters for measuring speed: everything runs and is known everywhere, then the last node is
 * lost. Of the resources six tenths are in groups of three (address, file system, server), three
 * tenths are pairs of a database and what needs it, the rest are singles and one clone per hundred;
 * every third clone is promotable. Each has operations, parameters, stickiness and a home.
 */
import { digestOf } from '../../src/core/scheduler/digests/parameters.ts';

export interface LargeOptions {
  /** No node is lost: there is nothing to do. */
  readonly isSteady?: boolean;
}

/** The CIB in pieces: 32 nodes with 10 000 resources have 190 million characters. */
export function* largeCib(
  nodeCount: number,
  resourceCount: number,
  { isSteady = false }: LargeOptions = {},
): Generator<string> {
  const nodes = Array.from(
    { length: nodeCount },
    (_, at) => `node${String(at + 1).padStart(2, '0')}`,
  );
  const cluster = makeCluster(nodes, resourceCount);
  yield `<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.7" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1" execution-date="${NOW_S}">\n`;
  yield '<configuration><crm_config><cluster_property_set id="options">\n';
  yield `${pair('o1', 'stonith-enabled', 'true')}${pair('o2', 'no-quorum-policy', 'stop')}`;
  yield '</cluster_property_set></crm_config>\n<nodes>\n';
  for (const [at, name] of nodes.entries()) yield `<node id="${at + 1}" uname="${name}"/>\n`;
  yield '</nodes>\n<resources>\n';
  yield* cluster.resources;
  yield '</resources>\n<constraints>\n';
  yield* cluster.constraints;
  yield `</constraints>\n<rsc_defaults><meta_attributes id="rd">${pair('rd1', 'resource-stickiness', '100')}</meta_attributes></rsc_defaults></configuration>\n<status>\n`;
  for (const [at, name] of nodes.entries()) {
    const isLost = !isSteady && at === nodeCount - 1;
    yield* nodeState(cluster, { at, name, isLost });
  }
  yield '</status></cib>\n';
}

const NOW_S = 1_782_907_200;

type Parameters = Readonly<Record<string, string>>;
type Role = 'Started' | 'Unpromoted' | 'Promoted';

interface Primitive {
  readonly id: string;
  readonly agent: string;
  readonly digest: string;
  readonly monitorDigest: string;
  /** What runs at node number so-and-so. */
  readonly roleAt: (node: number) => Role | undefined;
  readonly isPromotable: boolean;
}

interface Cluster {
  readonly nodes: readonly string[];
  readonly primitives: Primitive[];
  readonly resources: string[];
  readonly constraints: string[];
}

function makeCluster(nodes: readonly string[], count: number): Cluster {
  const cluster: Cluster = { nodes, primitives: [], resources: [], constraints: [] };
  const clones = Math.max(1, Math.floor(count / 100));
  const groups = Math.max(1, Math.floor(count / 5));
  const pairs = Math.max(1, Math.floor((count * 3) / 20));
  const singles = Math.max(0, count - clones - 3 * groups - 2 * pairs);
  for (let at = 0; at * 8 < nodes.length; at += 1) addFenceDevice(cluster, at);
  for (let at = 0; at < clones; at += 1) addClone(cluster, at);
  for (let at = 0; at < groups; at += 1) addGroup(cluster, at, clones);
  for (let at = 0; at < pairs; at += 1) addPair(cluster, at);
  for (let at = 0; at < singles; at += 1) addSingle(cluster, at);
  return cluster;
}

const pair = (id: string, name: string, value: string): string =>
  `<nvpair id="${id}" name="${name}" value="${value}"/>\n`;

const location = (resource: string, node: string | undefined, score: number): string =>
  `<rsc_location id="loc-${resource}-${score}" rsc="${resource}" node="${node ?? ''}" score="${score}"/>\n`;

const colocation = (resource: string, other: string, score: string): string =>
  `<rsc_colocation id="col-${resource}" rsc="${resource}" with-rsc="${other}" score="${score}"/>\n`;

const order = (first: string, then: string): string =>
  `<rsc_order id="ord-${then}" first="${first}" then="${then}"/>\n`;

interface Seed {
  readonly id: string;
  /** `class provider type`, or `class type`. */
  readonly agent: string;
  readonly parameters: Parameters;
  readonly roleAt: Primitive['roleAt'];
  readonly isPromotable?: boolean;
}

/** Remembers the primitive and answers it as XML. */
function primitive(cluster: Cluster, seed: Seed): string {
  const { id, agent, parameters, roleAt, isPromotable = false } = seed;
  const values = new Map(Object.entries(parameters));
  cluster.primitives.push({
    id,
    agent: agentText(agent),
    digest: digestOf(values),
    monitorDigest: digestOf(new Map([...values, ['CRM_meta_timeout', '20000']])),
    roleAt,
    isPromotable,
  });
  const pairs = [...values].map(([name, value]) => pair(`${id}-${name}`, name, value)).join('');
  return (
    `<primitive id="${id}" ${agentText(agent)}><instance_attributes id="${id}-p">${pairs}</instance_attributes>\n` +
    `<operations>${operations(id, agent, isPromotable)}</operations></primitive>\n`
  );
}

function agentText(agent: string): string {
  const words = agent.split(' ');
  const provider = words.length === 3 ? ` provider="${words[1]}"` : '';
  return `class="${words[0]}"${provider} type="${words.at(-1)}"`;
}

function operations(id: string, agent: string, isPromotable: boolean): string {
  const monitor = (interval: number, role = ''): string =>
    `<op id="${id}-m${interval}" name="monitor" interval="${interval}s" timeout="20s"${role}/>\n`;
  const monitors = isPromotable
    ? monitor(9, ' role="Promoted"') + monitor(10, ' role="Unpromoted"')
    : monitor(10);
  if (agent.startsWith('stonith')) return monitors;
  const once = (name: string): string =>
    `<op id="${id}-${name}" name="${name}" interval="0s" timeout="60s"/>\n`;
  return monitors + once('start') + once('stop');
}

const runsAt =
  (home: number): Primitive['roleAt'] =>
  (node) =>
    node === home ? 'Started' : undefined;

function addFenceDevice(cluster: Cluster, at: number): void {
  const hosts = cluster.nodes.slice(at * 8, at * 8 + 8).join(' ');
  const home = at % Math.max(1, cluster.nodes.length - 1);
  const parameters = { pcmk_host_list: hosts };
  const agent = 'stonith fence_xvm';
  cluster.resources.push(
    primitive(cluster, { id: `fence${at}`, agent, parameters, roleAt: runsAt(home) }),
  );
}

function addClone(cluster: Cluster, at: number): void {
  const isPromotable = at % 3 === 2;
  const promotedAt = at % cluster.nodes.length;
  const id = `clone${at}`;
  const promotable = isPromotable ? pair(`${id}-2`, 'promotable', 'true') : '';
  const inner = primitive(cluster, {
    id: `${id}-p`,
    agent: isPromotable ? 'ocf pacemaker Stateful' : 'ocf pacemaker ping',
    parameters: isPromotable ? { state: `/run/${id}` } : { host_list: '10.0.0.1', name: id },
    roleAt: (node) =>
      isPromotable ? (node === promotedAt ? 'Promoted' : 'Unpromoted') : 'Started',
    isPromotable,
  });
  cluster.resources.push(
    `<clone id="${id}"><meta_attributes id="${id}-m">${pair(`${id}-1`, 'interleave', 'true')}${promotable}</meta_attributes>\n${inner}</clone>\n`,
  );
}

/** Every fourth group needs a clone that is not promotable. */
function addGroup(cluster: Cluster, at: number, clones: number): void {
  const { nodes, constraints } = cluster;
  const id = `group${at}`;
  const home = at % nodes.length;
  const member = (name: string, agent: string, parameters: Parameters): string =>
    primitive(cluster, {
      id: `${id}-${name}`,
      agent: `ocf heartbeat ${agent}`,
      parameters,
      roleAt: runsAt(home),
    });
  const members = [
    member('ip', 'IPaddr2', { ip: `10.${(at >> 8) & 255}.${at & 255}.1`, cidr_netmask: '24' }),
    member('fs', 'Filesystem', { device: `/dev/vg/${id}`, directory: `/srv/${id}`, fstype: 'xfs' }),
    member('web', 'apache', { configfile: `/etc/httpd/${id}.conf` }),
  ];
  cluster.resources.push(`<group id="${id}">\n${members.join('')}</group>\n`);
  constraints.push(location(id, nodes[home], 100));
  if (nodes.length > 1) constraints.push(location(id, nodes[(home + 1) % nodes.length], 50));
  const needed = at % clones;
  if (at % 4 !== 0 || needed % 3 === 2) return;
  constraints.push(order(`clone${needed}`, id), colocation(id, `clone${needed}`, 'INFINITY'));
}

function addPair(cluster: Cluster, at: number): void {
  const { nodes, constraints, resources } = cluster;
  const home = (at * 7 + 3) % nodes.length;
  const [database, application] = [`db${at}`, `app${at}`];
  resources.push(
    primitive(cluster, {
      id: database,
      agent: 'ocf heartbeat pgsql',
      parameters: { pgdata: `/var/lib/pgsql/${at}`, pgport: String(5432 + (at % 1000)) },
      roleAt: runsAt(home),
    }),
    primitive(cluster, {
      id: application,
      agent: 'ocf heartbeat tomcat',
      parameters: { catalina_home: `/opt/${application}` },
      roleAt: runsAt(home),
    }),
  );
  constraints.push(colocation(application, database, 'INFINITY'), order(database, application));
  if (at % 2 === 0) constraints.push(location(database, nodes[home], 100));
}

/** Neighbours would rather be apart. */
function addSingle(cluster: Cluster, at: number): void {
  const { nodes, constraints, resources } = cluster;
  const id = `single${at}`;
  const parameters = { state: `/run/${id}.state` };
  const agent = 'ocf pacemaker Dummy';
  resources.push(primitive(cluster, { id, agent, parameters, roleAt: runsAt(at % nodes.length) }));
  if (at % 2 === 1 && nodes.length > 1) constraints.push(colocation(id, `single${at - 1}`, '-50'));
}

interface NodeAt {
  readonly at: number;
  readonly name: string;
  readonly isLost: boolean;
}

const ONLINE = 'in_ccm="true" crmd="online" join="member" expected="member"';
const LOST = 'in_ccm="false" crmd="offline" join="down" expected="member"';

function* nodeState({ primitives }: Cluster, node: NodeAt): Generator<string> {
  const { at, name, isLost } = node;
  const id = at + 1;
  yield `<node_state id="${id}" uname="${name}" ${isLost ? LOST : ONLINE}>\n`;
  yield `<transient_attributes id="${id}"><instance_attributes id="st-${id}">\n`;
  for (const { id: resource, roleAt, isPromotable } of primitives) {
    if (!isPromotable) continue;
    const score = roleAt(at) === 'Promoted' ? '10' : '5';
    yield pair(`st-${id}-${resource}`, `master-${resource}`, score);
  }
  yield `</instance_attributes></transient_attributes>\n<lrm id="${id}"><lrm_resources>\n`;
  let call = 1;
  for (const resource of primitives) {
    yield history(resource, node, call);
    call += 2;
  }
  yield '</lrm_resources></lrm></node_state>\n';
}

interface Run {
  readonly operation: string;
  readonly interval: number;
  readonly exit: number;
  readonly digest: string;
}

function history(resource: Primitive, { at, name }: NodeAt, call: number): string {
  const { id, agent } = resource;
  const records = runsOf(resource, at).map((run, index) => record(id, name, call + index, run));
  return `<lrm_resource id="${id}" ${agent}>\n${records.join('')}</lrm_resource>\n`;
}

function runsOf({ roleAt, digest, monitorDigest }: Primitive, node: number): readonly Run[] {
  switch (roleAt(node)) {
    case undefined:
      return [{ operation: 'monitor', interval: 0, exit: 7, digest }];
    case 'Promoted':
      return [
        { operation: 'promote', interval: 0, exit: 0, digest },
        { operation: 'monitor', interval: 9000, exit: 8, digest: monitorDigest },
      ];
    default:
      return [
        { operation: 'start', interval: 0, exit: 0, digest },
        { operation: 'monitor', interval: 10_000, exit: 0, digest: monitorDigest },
      ];
  }
}

const UUID = '7c8f3f8e-1d52-4c0c-9f0e-3f1f5a6f7b10';

function record(resource: string, node: string, call: number, run: Run): string {
  const { operation, interval, exit, digest } = run;
  const key = `${resource}_${operation}_${interval}`;
  const transition = `${call}:5:${exit}:${UUID}`;
  return (
    `<lrm_rsc_op id="${interval === 0 ? `${resource}_last_0` : key}" operation_key="${key}" operation="${operation}" ` +
    `crm-debug-origin="bench" crm_feature_set="3.16.2" transition-key="${transition}" transition-magic="0:${exit};${transition}" ` +
    `on_node="${node}" call-id="${call}" rc-code="${exit}" op-status="0" interval="${interval}" ` +
    `last-rc-change="${NOW_S - 3600}" exec-time="20" queue-time="0" op-digest="${digest}"/>\n`
  );
}

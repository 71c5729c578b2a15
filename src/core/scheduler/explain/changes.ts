/**
 * Pure changes of a picture: each leaves it as the command (or the event) that is named beside it
 * would. What commands have set stands in blocks `marks-…` and in constraints `move:…`.
 */
import type { Constraint, FenceDevice, Resource } from '../../model/configuration.ts';
import { nodeName, resourceId } from '../../model/ids.ts';
import type { NodeStatus, OperationRecord, Picture } from '../../model/picture.ts';
import type { AttributeBlock } from '../../model/rule.ts';
import { INFINITY_SCORE } from '../../model/score.ts';

export type Change = (picture: Picture) => Picture;

/** Names that count as the id's: `web` and its instances `web:2`. */
const baseName = (name: string): string => name.replace(/:\d+$/, '');

const FAILURE_NAME = /^(?:fail-count|last-failure)-([^#]+)(?:#.*)?$/;

/** The resource whose failures an attribute counts. */
export const failureOwner = (attribute: string): string | undefined => {
  const owner = FAILURE_NAME.exec(attribute)?.[1];
  return owner === undefined ? undefined : baseName(owner);
};

/** `resource cleanup ID --node NODE`: of these primitives. */
export const clearFailures = (ids: ReadonlySet<string>, node: string): Change =>
  changeStatus(node, (status) => ({
    ...status,
    transient: status.transient.map((block) =>
      keepValues(block, (name) => !ids.has(failureOwner(name) ?? '')),
    ),
    history: status.history
      .map((entry) =>
        ids.has(baseName(entry.resource))
          ? { ...entry, operations: entry.operations.filter((it) => !isKeptFailure(it)) }
          : entry,
      )
      .filter(
        (entry) =>
          !ids.has(baseName(entry.resource)) ||
          !canBeAsked(status) ||
          !entry.operations.some(isFailed),
      ),
  }));

/** Where nobody can look afresh, what is known stays. */
const canBeAsked = (status: NodeStatus): boolean =>
  (status.memberSince ?? 0) > 0 && status.held !== true;

/** Its last word on the resource is a failure: it is looked for again. */
export const isFailed = (record: OperationRecord): boolean =>
  record.status === 'done' ? isWrongResult(record) : !NEUTRAL.has(record.status);

const NEUTRAL: ReadonlySet<string> = new Set(['pending', 'cancelled']);
const PROBE_ANSWERS: ReadonlySet<number> = new Set([0, 5, 7, 8, 190, 191]);

function isWrongResult({ exitCode, expectedExitCode, operation, intervalMs }: OperationRecord) {
  if (operation === 'monitor' && intervalMs === 0) return !PROBE_ANSWERS.has(exitCode);
  return exitCode !== (expectedExitCode ?? 0) && exitCode !== 190 && exitCode !== 191;
}

const isKeptFailure = (record: OperationRecord): boolean => record.id.endsWith('_last_failure_0');

/** `node online NODE`: ends what commands and failures have set, not what is configured. */
export const endNodeMarks =
  (node: string): Change =>
  (picture) => {
    const names = ['standby', 'maintenance'];
    const cleared = changeNode(node, (block) =>
      isMarks(block) ? keepValues(block, (name) => !names.includes(name)) : block,
    )(picture);
    return withoutTransient(node, 'standby')(cleared);
  };

/** Takes an attribute of the node away, wherever it is set. */
export const withoutNodeAttribute =
  (node: string, isMeant: (name: string) => boolean): Change =>
  (picture) => {
    const keep = (name: string): boolean => !isMeant(name);
    const cleared = changeNode(node, (block) => keepValues(block, keep))(picture);
    return changeStatus(node, (status) => ({
      ...status,
      transient: status.transient.map((block) => keepValues(block, keep)),
    }))(cleared);
  };

const withoutTransient = (node: string, name: string): Change =>
  changeStatus(node, (status) => ({
    ...status,
    transient: status.transient.map((block) => keepValues(block, (each) => each !== name)),
  }));

/** The node has booted and is a member. Of what it did before nothing is known. */
export const nodeBack = (node: string): Change =>
  changeStatus(node, ({ id, name }) => ({ id, name, ...MEMBER, transient: [], history: [] }));

const MEMBER = { memberSince: 1, processSince: 1, join: 'member', expected: 'member' } as const;

/** The daemon answers again; its services went on meanwhile. */
export const daemonBack = (node: string): Change =>
  changeStatus(node, (status) => ({ ...status, ...MEMBER, held: false }));

/** `fence confirm NODE`. */
export const nodeOff = (node: string): Change =>
  changeStatus(node, ({ id, name }) => ({ id, name, ...OFF, transient: [], history: [] }));

const OFF = { memberSince: 0, processSince: 0, join: 'down', expected: 'down' } as const;

export const withQuorum: Change = (picture) => ({
  ...picture,
  status: { ...picture.status, quorate: true },
});

export const withTicket =
  (ticket: string): Change =>
  (picture) => {
    const { status } = picture;
    const others = status.tickets.filter(({ id }) => id !== ticket);
    const granted = { id: ticket, granted: true, standby: false, attributes: {} };
    return { ...picture, status: { ...status, tickets: [...others, granted] } };
  };

/** `resource start ID`: the end of a stop by command, or a word that counts more than the file's. */
export const started =
  (id: string): Change =>
  (picture) => {
    const unmarked = changeMeta(id, (blocks) =>
      blocks.map((block) =>
        isMarks(block) ? keepValues(block, (name) => name !== 'target-role') : block,
      ),
    )(picture);
    const stopped = metaBlocks(unmarked, id).some((block) => isStop(block.values['target-role']));
    return stopped ? markedStarted(id)(unmarked) : unmarked;
  };

/** Over what is configured, which stays as it is. */
const markedStarted = (id: string): Change =>
  changeMeta(id, (blocks) => [
    { id: `marks-${id}`, score: INFINITY_SCORE, values: { 'target-role': 'Started' } },
    ...blocks,
  ]);

export const isStop = (role: string | undefined): boolean => role?.toLowerCase() === 'stopped';

/** `resource maintenance ID --off`. */
export const endMaintenance = (id: string): Change =>
  changeMeta(id, (blocks) =>
    blocks.map((block) =>
      isMarks(block) ? keepValues(block, (name) => name !== 'maintenance') : block,
    ),
  );

/** As if the file said so. */
export const withMeta = (id: string, name: string, value: string): Change =>
  changeMeta(id, (blocks) => [
    { id: `configured-${id}`, score: INFINITY_SCORE, values: { [name]: value } },
    ...blocks.map((block) => keepValues(block, (each) => each !== name)),
  ]);

/** `resource clear ID`, of the outermost resource. */
export const cleared =
  (id: string): Change =>
  (picture) => {
    const names = new Set(['target-role', 'maintenance']);
    const unmarked = changeMeta(id, (blocks) =>
      blocks.map((block) =>
        isMarks(block) ? keepValues(block, (name) => !names.has(name)) : block,
      ),
    )(picture);
    return withoutConstraint(`move:${id}`)(unmarked);
  };

/** `resource move ID NODE`, of the outermost resource. */
export const moved =
  (id: string, node: string): Change =>
  (picture) => {
    const rest = withoutConstraint(`move:${id}`)(picture);
    const move: Constraint = {
      kind: 'location',
      id: `move:${id}`,
      target: { kind: 'resource', resource: resourceId(id) },
      node: nodeName(node),
      score: INFINITY_SCORE,
      rules: [],
      discovery: 'always',
    };
    const { configuration } = rest;
    const constraints = [...configuration.constraints, move];
    return { ...rest, configuration: { ...configuration, constraints } };
  };

export const withoutConstraint =
  (id: string): Change =>
  (picture) => {
    const { configuration } = picture;
    const constraints = configuration.constraints.filter((constraint) => constraint.id !== id);
    return { ...picture, configuration: { ...configuration, constraints } };
  };

export const withoutOption =
  (name: string): Change =>
  (picture) => {
    const { configuration } = picture;
    const options = configuration.options.map((block) => keepValues(block, (it) => it !== name));
    return { ...picture, configuration: { ...configuration, options } };
  };

export const withFenceDevice: Change = (picture) => {
  const { configuration } = picture;
  const device: FenceDevice = {
    id: 'fence-device',
    agent: 'fence_device',
    parameters: {},
    hosts: {},
    action: 'reboot',
    timeoutMs: 60_000,
    retries: 1,
    monitorIntervalMs: 0,
    delayMs: 0,
  };
  return { ...picture, configuration: { ...configuration, fenceDevices: [device] } };
};

export const isMarks = (block: AttributeBlock): boolean => block.id.startsWith('marks-');

function keepValues(block: AttributeBlock, keep: (name: string) => boolean): AttributeBlock {
  const names = Object.keys(block.values);
  if (names.every(keep)) return block;
  const values: Record<string, string> = {};
  for (const name of names) if (keep(name)) values[name] = block.values[name] ?? '';
  return { ...block, values };
}

const changeStatus =
  (node: string, change: (status: NodeStatus) => NodeStatus): Change =>
  (picture) => {
    const { status, configuration } = picture;
    const configured = configuration.nodes.find(({ name }) => name === node);
    const absent = { id: configured?.id ?? node, name: nodeName(node), transient: [], history: [] };
    const known = status.nodes.some(({ name }) => name === node);
    const nodes = known ? status.nodes : [...status.nodes, absent];
    const changed = nodes.map((each) => (each.name === node ? change(each) : each));
    return { ...picture, status: { ...status, nodes: changed } };
  };

const changeNode =
  (node: string, change: (block: AttributeBlock) => AttributeBlock): Change =>
  (picture) => {
    const { configuration } = picture;
    const nodes = configuration.nodes.map((each) =>
      each.name === node ? { ...each, attributes: each.attributes.map(change) } : each,
    );
    return { ...picture, configuration: { ...configuration, nodes } };
  };

type Blocks = readonly AttributeBlock[];

const changeMeta =
  (id: string, change: (blocks: Blocks) => Blocks): Change =>
  (picture) => {
    const { configuration } = picture;
    const resources = configuration.resources.map((each) => inResource(each, id, change));
    return { ...picture, configuration: { ...configuration, resources } };
  };

/** Three levels at most: a clone of a group of primitives. */
function inResource(resource: Resource, id: string, change: (blocks: Blocks) => Blocks): Resource {
  const own = <T extends Resource>(each: T): T =>
    each.id === id ? { ...each, meta: change(each.meta) } : each;
  switch (resource.kind) {
    case 'primitive':
      return own(resource);
    case 'group':
      return own({ ...resource, members: resource.members.map(own) });
    case 'clone': {
      const { child } = resource;
      const inner = child.kind === 'group' ? { ...child, members: child.members.map(own) } : child;
      return own({ ...resource, child: own(inner) });
    }
    case 'bundle':
      return own({ ...resource, ...(resource.child && { child: own(resource.child) }) });
  }
}

/** The meta attributes of one resource, as written. */
export function metaBlocks(picture: Picture, id: string): Blocks {
  let found: Blocks = [];
  changeMeta(id, (blocks) => {
    found = blocks;
    return blocks;
  })(picture);
  return found;
}

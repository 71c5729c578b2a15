/**
 * Attributes: what agents tell the scheduler and one another (promotion scores, replication
 * positions). Those of a node live until its next start or for good, those of the cluster for good.
 */
import { z } from 'zod';

import { CLUSTER_OPTIONS } from '../../core/config/options.ts';
import { valueOf } from '../../core/config/values.ts';
import type { Mark } from '../../core/cluster/marks.ts';
import type { NodeName } from '../../core/model/ids.ts';
import type { Backend } from '../backend.ts';
import { findNode } from '../lookup.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { attributes, done } from '../schemas/answers.ts';
import type { Done } from '../schemas/answers.ts';
import { appliedIndex, markCommon, submit } from '../submit.ts';

const NAME = /^[\w.#:@-]{1,128}$/;
const VALUE_CHARACTERS_MAX = 4096;
/** Agents that make up a new name each time must not fill the state. */
const ON_NODE_MAX = 5000;
const FOR_GOOD_MAX = 1000;

const value = z.string().max(VALUE_CHARACTERS_MAX);
const lifetime = z
  .enum(['reboot', 'forever'])
  .default('reboot')
  .describe('reboot: gone with the next start of the machine; forever: until it is removed');
const which = z.strictObject({ lifetime });

export const attributeRoutes = {
  'GET /v1/nodes/{node}/attributes': json({
    summary: 'Attributes of a node: fail counts, promotion scores, what agents set',
    role: 'read',
    query: which,
    answer: attributes,
    handle: ({ backend, params, query }) => {
      const node = findNode(backend, params['node']);
      return query.lifetime === 'reboot' ? transientOf(backend, node) : lastingOf(backend, node);
    },
  }),

  'PUT /v1/nodes/{node}/attributes/{name}': json({
    summary: 'Set an attribute of a node',
    role: 'write',
    body: z.strictObject({ value, lifetime }),
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const node = findNode(backend, params['node']);
      const name = checkedName(params['name']);
      if (body.lifetime === 'reboot') return setTransient(backend, node, name, body.value);
      return setLasting(backend, { node, name, value: body.value, by });
    },
  }),

  'DELETE /v1/nodes/{node}/attributes/{name}': json({
    summary: 'Remove an attribute of a node',
    role: 'write',
    query: which,
    answer: done,
    handle: ({ backend, params, query, by }) => {
      const node = findNode(backend, params['node']);
      const name = checkedName(params['name']);
      if (query.lifetime === 'reboot') return setTransient(backend, node, name, undefined);
      const configured = configuredOf(backend, node)[name] !== undefined;
      return removeLasting(backend, nodeMark(node, name), `${name} of ${node}`, { by, configured });
    },
  }),

  'GET /v1/attributes': json({
    summary: 'Attributes of the cluster that agents have set for one another',
    role: 'read',
    answer: attributes,
    handle: ({ backend }) => sharedOf(backend),
  }),

  'PUT /v1/attributes/{name}': json({
    summary: 'Set an attribute of the cluster; options of the cluster are set in cluster.yaml',
    role: 'write',
    body: z.strictObject({ value }),
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const name = checkedName(params['name']);
      refuseOption(name);
      return setLasting(backend, { name, value: body.value, by });
    },
  }),

  'DELETE /v1/attributes/{name}': json({
    summary: 'Remove an attribute of the cluster',
    role: 'write',
    answer: done,
    handle: ({ backend, params, by }) => {
      const name = checkedName(params['name']);
      return removeLasting(backend, clusterMark(name), name, { by, configured: false });
    },
  }),
};

/** Attributes that go with the node's next start. */
export function transientOf(backend: Backend, node: NodeName): Readonly<Record<string, string>> {
  return backend.cluster().nodes[node]?.attributes ?? {};
}

/** Attributes of a node that stay: those of cluster.yaml, and over them what agents have set. */
export function lastingOf(backend: Backend, node: NodeName): Readonly<Record<string, string>> {
  return { ...configuredOf(backend, node), ...markedOf(backend, node) };
}

/** Attributes of the cluster. */
export function sharedOf(backend: Backend): Readonly<Record<string, string>> {
  return markedOf(backend, undefined);
}

function markedOf(backend: Backend, node: NodeName | undefined): Record<string, string> {
  const values: Record<string, string> = {};
  for (const mark of Object.values(backend.cluster().marks)) {
    const belongs =
      (mark.kind === 'node-attribute' && mark.node === node) ||
      (mark.kind === 'cluster-attribute' && node === undefined);
    if (belongs) values[mark.name] = mark.value;
  }
  return values;
}

function configuredOf(backend: Backend, node: NodeName): Record<string, string> {
  const { nodes } = backend.cluster().configuration.model;
  const blocks = nodes.find(({ name }) => name === node)?.attributes ?? [];
  const names = new Set(blocks.flatMap(({ values }) => Object.keys(values)));
  const values: Record<string, string> = {};
  for (const name of names) {
    const found = valueOf(blocks, name);
    if (found !== undefined) values[name] = found;
  }
  return values;
}

const nodeMark = (node: NodeName, name: string): string => `attribute:${node}:${name}`;
const clusterMark = (name: string): string => `attribute:${name}`;

function checkedName(name = ''): string {
  if (NAME.test(name) && !(name in {})) return name;
  throw new Problem('bad-request', `"${name}" cannot be the name of an attribute.`);
}

function refuseOption(name: string): void {
  if (!CLUSTER_OPTIONS.some((option) => option.name === name)) return;
  throw new Problem('refused', `${name} is an option of the cluster, which agents do not change.`, {
    advice: 'write it under options in cluster.yaml, then: holdfast apply -f cluster.yaml',
  });
}

/** Agents set the same value again and again: what is so already needs no change. */
export async function setTransient(
  backend: Backend,
  node: NodeName,
  name: string,
  text: string | undefined,
): Promise<Done> {
  const present = transientOf(backend, node);
  const said = text === undefined ? `${name} is removed.` : `${name} is ${text}.`;
  if (present[name] === text) return { text: said, index: 0 };
  if (present[name] === undefined && Object.keys(present).length >= ON_NODE_MAX) {
    throw new Problem('refused', `${node} has ${ON_NODE_MAX} attributes, no more are taken.`);
  }
  return submit(backend, { kind: 'attribute', node, name, value: text }, said);
}

interface Lasting {
  /** Absent: of the cluster. */
  readonly node?: NodeName;
  readonly name: string;
  readonly value: string;
  readonly by: string;
}

async function setLasting(
  backend: Backend,
  { node, name, value: text, by }: Lasting,
): Promise<Done> {
  if (node !== undefined && (name === 'standby' || name === 'maintenance')) {
    throw new Problem('refused', `${name} is no attribute that agents set for good.`, {
      advice: `use holdfast node ${name} ${node}`,
    });
  }
  const present = node === undefined ? sharedOf(backend) : lastingOf(backend, node);
  const said = `${name} is ${text}.`;
  if (present[name] === text) return { text: said, index: 0 };
  const marks = Object.values(backend.cluster().marks).filter(({ id }) => id.startsWith(ATTRIBUTE));
  if (present[name] === undefined && marks.length >= FOR_GOOD_MAX) {
    throw new Problem(
      'refused',
      `There are ${FOR_GOOD_MAX} lasting attributes, no more are taken.`,
    );
  }
  const common = { ...markCommon(backend, by, undefined), name, value: text };
  const mark: Mark =
    node === undefined
      ? { kind: 'cluster-attribute', id: clusterMark(name), ...common }
      : { kind: 'node-attribute', id: nodeMark(node, name), node, ...common };
  return submit(backend, { kind: 'set-mark', mark }, said);
}

const ATTRIBUTE = 'attribute:';

/** Removing what is not there is no error: agents clean up to be sure. */
async function removeLasting(
  backend: Backend,
  id: string,
  what: string,
  { by, configured }: { readonly by: string; readonly configured: boolean },
): Promise<Done> {
  const text = `${what} is removed.`;
  if (backend.cluster().marks[id] !== undefined) {
    return { text, index: appliedIndex(await backend.submit({ kind: 'clear-mark', id, by })) };
  }
  if (!configured) return { text, index: 0 };
  throw new Problem('refused', `${what} is written in the configuration.`, {
    advice: 'take it out of cluster.yaml, then: holdfast apply -f cluster.yaml',
  });
}

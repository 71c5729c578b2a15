/**
 * What the programs that resource agents call as crm_node, crm_mon … print (native/crm-tool.c): the
 * text is ready here, so that those programs stay small. The forms are those of the manual pages
 * crm_node(8), crm_attribute(8), attrd_updater(8), crm_mon(8) and of what the agents read in them.
 */
import { valueOf } from '../../core/config/values.ts';
import { nodeName } from '../../core/model/ids.ts';
import type { Backend } from '../backend.ts';
import { findNode, nodeNames } from '../lookup.ts';
import { monitorXml } from '../pacemaker/monitor.ts';
import { Problem } from '../problem.ts';
import { text } from '../route.ts';
import type { TextRoute } from '../route.ts';
import { lastingOf, sharedOf, transientOf } from './attributes.ts';
import { statusOf } from './cluster.ts';

type Params = Readonly<Record<string, string>>;

const plain = (summary: string, handle: (backend: Backend, params: Params) => string): TextRoute =>
  text({
    summary: `For agents: ${summary}`,
    role: 'read',
    contentType: 'text/plain; charset=utf-8',
    handle: ({ backend, params }) => handle(backend, params),
  });

const xml = (summary: string, handle: (backend: Backend) => string): TextRoute =>
  text({
    summary: `For agents: ${summary}`,
    role: 'read',
    contentType: 'application/xml; charset=utf-8',
    handle: ({ backend }) => handle(backend),
  });

export const pacemakerRoutes = {
  'GET /v1/pacemaker/name': plain(
    'the name of this node (crm_node --name)',
    (backend) => `${backend.local().self}\n`,
  ),

  'GET /v1/pacemaker/id': plain('the number of this node (crm_node --cluster-id)', (backend) => {
    const { self } = backend.local();
    const number = backend.nodeNumber(self);
    if (number === undefined) throw new Problem('not-found', `${self} has no number.`);
    return `${number}\n`;
  }),

  'GET /v1/pacemaker/nodes': plain('all nodes (crm_node --list)', (backend) => {
    const members = new Set(membersOf(backend));
    const lines = nodeNames(backend).map((name) => {
      const number = backend.nodeNumber(name);
      return `${number ?? name} ${name} ${members.has(name) ? 'member' : 'lost'}\n`;
    });
    return lines.join('');
  }),

  'GET /v1/pacemaker/partition': plain(
    'the nodes that are together (crm_node --partition)',
    (backend) => `${membersOf(backend).join(' ')}\n`,
  ),

  'GET /v1/pacemaker/quorum': plain('whether there is quorum (crm_node --quorum)', (backend) =>
    backend.view().quorate ? '1\n' : '0\n',
  ),

  'GET /v1/pacemaker/attributes/{name}': plain(
    'an attribute on all nodes that have it (attrd_updater --query --all)',
    (backend, { name = '' }) => {
      const lines = nodeNames(backend).flatMap((node) => {
        const value = own(transientOf(backend, nodeName(node)), name);
        return value === undefined ? [] : [`name="${name}" host="${node}" value="${value}"\n`];
      });
      if (lines.length === 0) throw noAttribute(name);
      return lines.join('');
    },
  ),

  'GET /v1/pacemaker/attributes/{name}/{scope}': plain(
    'the value of an attribute of the cluster: scope crm_config (crm_attribute --query)',
    (backend, { name = '', scope = '' }) => {
      if (scope !== 'crm_config') throw noScope(scope);
      return `${known(name, optionOf(backend, name) ?? own(sharedOf(backend), name))}\n`;
    },
  ),

  'GET /v1/pacemaker/attributes/{name}/{scope}/{node}': plain(
    'the value of an attribute of a node: scope status or nodes (crm_attribute --query)',
    (backend, { name = '', scope = '', node = '' }) => {
      const found = findNode(backend, node);
      if (scope === 'status') return `${known(name, own(transientOf(backend, found), name))}\n`;
      if (scope === 'nodes') return `${known(name, own(lastingOf(backend, found), name))}\n`;
      throw noScope(scope);
    },
  ),

  'GET /v1/pacemaker/crm_mon': xml('the status (crm_mon -1 --output-as=xml)', (backend) =>
    monitorXml({
      status: statusOf(backend),
      numberOf: (name) => backend.nodeNumber(name),
      attributesOf: (name) => ({
        ...lastingOf(backend, nodeName(name)),
        ...transientOf(backend, nodeName(name)),
      }),
    }),
  ),

  'GET /v1/pacemaker/cib': xml('configuration and status as a CIB (cibadmin --query)', (backend) =>
    backend.cib(),
  ),
};

function membersOf(backend: Backend): readonly string[] {
  return backend
    .view()
    .members.map(({ node }) => node)
    .toSorted();
}

/** Without rules: an agent asks without a time and a node. */
function optionOf(backend: Backend, name: string): string | undefined {
  return valueOf(backend.cluster().configuration.model.options, name);
}

/** A name may be a word that every object has. */
function own(values: Params, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function known(name: string, value: string | undefined): string {
  if (value === undefined) throw noAttribute(name);
  return value;
}

function noAttribute(name: string): Problem {
  return new Problem('not-found', `There is no attribute ${name}.`);
}

function noScope(scope: string): Problem {
  return new Problem('bad-request', `"${scope}" is neither status, nodes nor crm_config.`);
}

/** Writes `status`: node states with history, and tickets. */
import type { AgentName } from '../../core/model/operation.ts';
import type {
  ClusterStatus,
  NodeStatus,
  OperationRecord,
  OperationStatus,
  ResourceHistory,
  TicketStatus,
} from '../../core/model/picture.ts';
import { element } from '../xml/write.ts';
import type { XmlElement } from '../xml/write.ts';
import { STATUSES } from './history.ts';
import { writeBlocks } from './write-blocks.ts';
import type { IdMaker } from './write-ids.ts';

export function writeStatus(status: ClusterStatus, ids: IdMaker): readonly XmlElement[] {
  const tickets = status.tickets.map(writeTicket);
  return [
    ...status.nodes.map((node) => writeNode(node, ids)),
    ...(tickets.length === 0 ? [] : [element('tickets', {}, tickets)]),
  ];
}

function writeNode(node: NodeStatus, ids: IdMaker): XmlElement {
  const { id, name, memberSince, processSince, join, expected, transient, history } = node;
  const attributes = {
    id,
    uname: name,
    in_ccm: since(memberSince, 'true', 'false'),
    crmd: since(processSince, 'online', 'offline'),
    join,
    expected,
    node_fenced: node.remoteFenced === undefined ? undefined : node.remoteFenced ? '1' : '0',
    node_in_maintenance: node.remoteMaintenance?.toString(),
  };
  const capacities = node.transientUtilization ?? [];
  return element('node_state', attributes, [
    ...(transient.length + capacities.length === 0
      ? []
      : [
          element('transient_attributes', { id }, [
            ...writeBlocks('instance_attributes', transient, ids),
            ...writeBlocks('utilization', capacities, ids),
          ]),
        ]),
    element('lrm', { id }, [element('lrm_resources', {}, history.map(writeHistory))]),
  ]);
}

function since(value: number | undefined, yes: string, no: string): string | undefined {
  if (value === undefined) return undefined;
  if (value === 0) return no;
  return value === 1 ? yes : String(value);
}

function writeHistory(history: ResourceHistory): XmlElement {
  const { resource, agent, container, shutdownLockAt, operations } = history;
  const attributes = {
    id: resource,
    ...agentAttributes(agent),
    container,
    'shutdown-lock': seconds(shutdownLockAt),
  };
  return element('lrm_resource', attributes, operations.map(writeOperation));
}

function agentAttributes(agent: AgentName): XmlElement['attributes'] {
  return { class: agent.class, provider: agent.provider, type: agent.type };
}

function writeOperation(record: OperationRecord): XmlElement {
  const { exitCode, transitionKey, forceRestart, secureParameters } = record;
  const status = statusNumber(record.status);
  return element('lrm_rsc_op', {
    id: record.id,
    operation: record.operation,
    interval: String(record.intervalMs),
    'call-id': String(record.callId),
    'op-status': String(status),
    'rc-code': String(exitCode),
    'transition-key': transitionKey,
    'transition-magic':
      transitionKey === undefined ? undefined : `${status}:${exitCode};${transitionKey}`,
    'last-rc-change': seconds(record.lastChangeAt),
    'last-run': seconds(record.lastRunAt),
    'exec-time': record.durationMs?.toString(),
    'exit-reason': record.exitReason,
    'op-digest': record.digest,
    'op-restart-digest': record.restartDigest,
    'op-force-restart': wordList(forceRestart),
    'op-secure-digest': record.secureDigest,
    'op-secure-params': wordList(secureParameters),
    migrate_source: record.migrateSource,
    migrate_target: record.migrateTarget,
    on_node: record.onNode,
    crm_feature_set: record.featureSet,
    'crm-debug-origin': record.debugOrigin,
  });
}

/** What is unknown gets a number that reads back as unknown. */
const UNKNOWN_STATUS = 99;

function statusNumber(status: OperationStatus): number {
  if (status === 'pending') return -1;
  return status === 'unknown' ? UNKNOWN_STATUS : STATUSES.indexOf(status);
}

/** Pacemaker writes such lists with a blank at both ends. */
function wordList(words: readonly string[] | undefined): string | undefined {
  return words === undefined ? undefined : ` ${words.join(' ')} `;
}

function seconds(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : String(Math.floor(ms / 1000));
}

function writeTicket(ticket: TicketStatus): XmlElement {
  const { id, granted, standby, lastGrantedAt, attributes } = ticket;
  return element('ticket_state', {
    id,
    granted: String(granted),
    standby: String(standby),
    'last-granted': seconds(lastGrantedAt),
    ...attributes,
  });
}

/**
 * How an OCF agent is called: its path, its action as the one argument, and its environment
 * (OCF Resource Agent API 1.1, "Environment variables"; the `HA_*` names are those that
 * resource-agents' own ocf-shellfuncs and ocf.py read).
 */
import type { AgentName, OperationRequest, Parameters } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';

export interface OcfOptions {
  /** OCF_ROOT; agents are in `resource.d/PROVIDER/TYPE` below it. */
  readonly ocfRoot: string;
  /** Programs that agents call as `crm_attribute` and the like; HA_SBIN_DIR and first in PATH. */
  readonly toolsDirectory?: string;
  /** What those programs need to reach the daemon. */
  readonly toolsEnvironment?: Parameters;
}

/** The Pacemaker feature set whose tools and meta attributes agents may expect. */
const featureSet = '3.16.2';

/** A file name that cannot leave its directory, and no hidden `.ocf-*` library. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;

/** The agent's program, or undefined when the name is none that a file can have. */
export function ocfPath(agent: AgentName, ocfRoot: string): string | undefined {
  const provider = agent.provider ?? 'heartbeat';
  if (!namePattern.test(provider) || !namePattern.test(agent.type)) return undefined;
  return `${ocfRoot}/resource.d/${provider}/${agent.type}`;
}

/**
 * `parameters` are the request's with secrets filled in. Times in `OCF_RESKEY_CRM_meta_*` are in
 * milliseconds. Shells cannot read a name with `-`, so `clone-max` becomes `clone_max`.
 */
export function ocfEnvironment(
  request: OperationRequest,
  parameters: Parameters,
  options: OcfOptions,
): Parameters {
  return {
    ...baseEnvironment(options.toolsDirectory),
    ...options.toolsEnvironment,
    ...(options.toolsDirectory === undefined ? {} : { HA_SBIN_DIR: options.toolsDirectory }),
    // Not debugging; empty, not `none`: then both libraries write to standard error alone.
    HA_debug: '0',
    HA_LOGFACILITY: '',
    OCF_ROOT: options.ocfRoot,
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    OCF_EXIT_REASON_PREFIX: exitReasonPrefix,
    OCF_RESOURCE_INSTANCE: request.resource,
    OCF_RESOURCE_TYPE: request.agent.type,
    OCF_RESOURCE_PROVIDER: request.agent.provider ?? 'heartbeat',
    ...checkLevel(parameters),
    OCF_RESKEY_crm_feature_set: featureSet,
    ...prefixed(parameters, 'OCF_RESKEY_', (name) => name),
    ...metaEnvironment(request),
  };
}

/** What an agent writes in front of the reason for its exit code (OCF 1.1, "Exit reason"). */
export const exitReasonPrefix = 'ocf-exit-reason:';

function metaEnvironment(request: OperationRequest): Parameters {
  const own: Parameters = {
    name: request.operation,
    timeout: String(request.timeoutMs),
    interval: String(request.intervalMs),
    on_node: request.node,
    on_node_uuid: request.node,
  };
  const underscores = (name: string): string => name.replaceAll('-', '_');
  return {
    ...prefixed(own, 'OCF_RESKEY_CRM_meta_', underscores),
    ...prefixed(request.meta, 'OCF_RESKEY_CRM_meta_', underscores),
  };
}

/** The depth of a check comes as a parameter of the operation (OCF 1.1, `OCF_CHECK_LEVEL`). */
function checkLevel(parameters: Parameters): Parameters {
  const level = parameters['OCF_CHECK_LEVEL'];
  return level === undefined ? {} : { OCF_CHECK_LEVEL: level };
}

function prefixed(
  values: Parameters,
  prefix: string,
  rename: (name: string) => string,
): Parameters {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${rename(name)}`, value]),
  );
}

/**
 * Resources against the descriptions of their agents (OCF Resource Agent API 1.1, "Metadata"):
 * unknown agents and parameters, missing ones, values of the wrong type. Descriptions are data, so
 * that the check stays pure; whoever calls it knows what is installed.
 */
import type { Configuration, FenceDevice, Primitive } from '../model/configuration.ts';
import { nearestName } from '../model/nearest.ts';
import type { AgentName } from '../model/operation.ts';
import type { ConfigurationSubject } from '../model/subject.ts';
import { agentText, parseBoolean, parseInteger } from '../model/value.ts';
import { checkFenceActions } from './fence-actions.ts';
import { listText } from './finding.ts';
import type { ConfigurationFinding } from './finding.ts';
import { templateOf } from './values.ts';
import { eachPrimitive } from './walk.ts';

export interface AgentParameter {
  readonly name: string;
  readonly required: boolean;
  /** As in the metadata; other words than these are taken for `string`. */
  readonly type: 'string' | 'integer' | 'boolean' | (string & {});
  /** The parameter that takes its place, and hence counts as given with it (OCF 1.1). */
  readonly deprecatedBy?: readonly string[];
}

export interface AgentDescription {
  readonly parameters: readonly AgentParameter[];
  /** False where the class has no list of parameters (systemd, lsb): any, or none, may be given. */
  readonly parametersKnown: boolean;
  /** What it can do; absent or empty: it does not say. */
  readonly operations?: readonly AgentOperation[];
}

export interface AgentOperation {
  readonly name: string;
  /** Of `on` of a fence agent: each node that starts needs it, and it must run there. */
  readonly automatic?: true;
  readonly onTarget?: true;
}

export interface AgentKnowledge {
  /** Undefined: not installed here. */
  readonly describe: (agent: AgentName) => AgentDescription | undefined;
  /** Names to suggest for an unknown agent, as `agentText` writes them. */
  readonly known?: readonly string[];
}

export function checkAgents(
  configuration: Configuration,
  knowledge: AgentKnowledge,
): readonly ConfigurationFinding[] {
  const resources = [...eachPrimitive(configuration)].flatMap(({ primitive }) =>
    checkPrimitive(configuration, primitive, knowledge),
  );
  return [
    ...resources,
    ...configuration.fenceDevices.flatMap((it) => checkDevice(configuration, it, knowledge)),
  ];
}

function checkPrimitive(
  configuration: Configuration,
  primitive: Primitive,
  knowledge: AgentKnowledge,
): readonly ConfigurationFinding[] {
  const template = templateOf(configuration, primitive.template);
  const agent = primitive.agent ?? template?.agent;
  if (!agent) return [];
  const subject: ConfigurationSubject = { kind: 'resource', id: primitive.id };
  // Built into the cluster itself: the connection to a remote node.
  if (agent.provider === 'pacemaker' && agent.type === 'remote') return [];
  const description = knowledge.describe(agent);
  if (!description) return [unknownAgent(agent, { ...subject, field: ['agent'] }, knowledge)];
  const blocks = [...primitive.parameters, ...(template?.parameters ?? [])];
  // What a rule may give counts as given, and is checked like everything else.
  return checkParameters(
    agent,
    description,
    subject,
    blocks.flatMap(({ values }) => Object.entries(values)),
  );
}

function unknownAgent(
  agent: AgentName,
  subject: ConfigurationSubject,
  knowledge: AgentKnowledge,
): ConfigurationFinding {
  const name = agentText(agent);
  const nearest = suggestedAgent(name, knowledge.known ?? []);
  const text = `there is no agent "${name}"`;
  const finding = { code: 'unknown-agent', severity: 'error', subject } as const;
  if (nearest !== undefined) return { ...finding, text: `${text}, did you mean "${nearest}"?` };
  const advice = 'install it on every node; "holdfast agents" lists those that are there';
  return { ...finding, text, advice };
}

/** One that ends in what is written, or is written nearly so. */
function suggestedAgent(name: string, known: readonly string[]): string | undefined {
  const type = `:${name.slice(name.lastIndexOf(':') + 1)}`;
  return known.find((other) => other.endsWith(type)) ?? nearestAgent(name, known);
}

/** What all agents of a kind begin with does not make two of them alike. */
function nearestAgent(name: string, known: readonly string[]): string | undefined {
  const head = /^stonith:(?:fence_)?/.exec(name)?.[0] ?? '';
  const tails = known.flatMap((other) =>
    other.startsWith(head) ? [other.slice(head.length)] : [],
  );
  const nearest = nearestName(name.slice(head.length), tails);
  return nearest === undefined ? undefined : `${head}${nearest}`;
}

/** Given to each resource by the cluster's own means, whatever its agent says. */
const COMMON_PARAMETERS: ReadonlySet<string> = new Set(['trace_ra', 'trace_file', 'trace_dir']);
const isFenceOption = (name: string): boolean =>
  name.startsWith('pcmk_') || name === 'stonith-timeout';

function checkParameters(
  agent: AgentName,
  description: AgentDescription,
  subject: ConfigurationSubject,
  given: readonly (readonly [name: string, value: string])[],
): readonly ConfigurationFinding[] {
  if (!description.parametersKnown) return [];
  const byName = new Map(description.parameters.map((own) => [own.name, own]));
  const findings: ConfigurationFinding[] = [];
  for (const [name, value] of given) {
    const at = { ...subject, field: ['parameters', name] };
    const parameter = byName.get(name);
    const problem = parameter && parameterProblem(parameter, value);
    if (problem !== undefined) {
      const text = `"${name}" is "${value}", but ${problem}`;
      findings.push({ code: 'bad-parameter', severity: 'error', subject: at, text });
    }
    if (parameter || COMMON_PARAMETERS.has(name)) continue;
    if (agent.class === 'stonith' && isFenceOption(name)) continue;
    findings.push(unknownParameter(agent, name, at, byName.keys()));
  }
  return [...findings, ...missingParameters(agent, description, subject, given)];
}

function unknownParameter(
  agent: AgentName,
  name: string,
  subject: ConfigurationSubject,
  known: Iterable<string>,
): ConfigurationFinding {
  const names = [...known];
  const nearest = nearestName(name, names);
  const text = `${agentText(agent)} has no parameter "${name}"`;
  const finding = { code: 'unknown-parameter', severity: 'error', subject } as const;
  if (nearest !== undefined) return { ...finding, text: `${text}, did you mean "${nearest}"?` };
  if (names.length === 0) return { ...finding, text: `${text}: it has none at all` };
  return { ...finding, text, advice: `it knows ${listText(names.toSorted(), 12)}` };
}

function parameterProblem(parameter: AgentParameter, value: string): string | undefined {
  switch (parameter.type) {
    case 'integer':
      return parseInteger(value) === undefined ? 'must be a whole number' : undefined;
    case 'boolean':
      return parseBoolean(value) === undefined ? 'must be true or false' : undefined;
    default:
      return undefined;
  }
}

function missingParameters(
  agent: AgentName,
  description: AgentDescription,
  subject: ConfigurationSubject,
  given: readonly (readonly [name: string, value: string])[],
): readonly ConfigurationFinding[] {
  const names = new Set(given.map(([name]) => name));
  return description.parameters
    .filter(({ name, required, deprecatedBy = [] }) => {
      return required && !names.has(name) && !deprecatedBy.some((other) => names.has(other));
    })
    .filter(({ name }) => !replacesGiven(description, name, names))
    .map(({ name }) => ({
      code: 'missing-parameter',
      severity: 'error',
      subject,
      text: `"${subject.id}" lacks the parameter "${name}", which ${agentText(agent)} needs`,
    }));
}

/** Whether an old name of the parameter is given instead. */
function replacesGiven(
  description: AgentDescription,
  name: string,
  given: ReadonlySet<string>,
): boolean {
  return description.parameters.some(
    (other) => given.has(other.name) && (other.deprecatedBy ?? []).includes(name),
  );
}

/** What the cluster itself says to a fence agent (FenceAgentAPI), or knows better. */
const FENCER_PARAMETERS: ReadonlySet<string> = new Set([
  'action',
  'option',
  'port',
  'plug',
  'nodename',
]);

function checkDevice(
  configuration: Configuration,
  device: FenceDevice,
  knowledge: AgentKnowledge,
): readonly ConfigurationFinding[] {
  const agent: AgentName = { class: 'stonith', type: device.agent };
  const subject: ConfigurationSubject = { kind: 'fence-device', id: device.id };
  const description = knowledge.describe(agent);
  if (!description) return [unknownAgent(agent, { ...subject, field: ['agent'] }, knowledge)];
  const parameters = description.parameters.map((parameter) =>
    FENCER_PARAMETERS.has(parameter.name) ? { ...parameter, required: false } : parameter,
  );
  const given = Object.entries(device.parameters);
  const actions = new Set(description.operations?.map(({ name }) => name));
  return [
    ...checkParameters(agent, { ...description, parameters }, subject, given),
    ...checkFenceActions(configuration, device, actions),
  ];
}

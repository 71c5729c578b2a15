/** What the API needs, answered from the loop and what lies around it. */
import type { AgentCatalogue } from '../agents/catalogue.ts';
import type { Backend, UnmanagedMachines } from '../api/backend.ts';
import { refusals } from '../api/refusals.ts';
import { statusOf } from '../api/routes/cluster.ts';
import { sharesOf } from '../core/balance/balance.ts';
import { readLoad } from '../core/balance/read.ts';
import { compareConfigurations } from '../core/config/compare.ts';
import { setMark } from '../core/cluster/marks-apply.ts';
import { pictureOf } from '../core/cluster/picture.ts';
import type { ClusterState } from '../core/cluster/state.ts';
import { requestRefusal } from '../core/node/node.ts';
import type { Plan } from '../core/model/plan.ts';
import { read } from '../core/view/reading.ts';
import type { LocalFacts } from '../core/view/types.ts';
import { exportCib } from '../offline/export.ts';
import type { Debugger } from './debug.ts';
import type { Decider } from './decide.ts';
import { describeAgent, listAgents } from './agents.ts';
import { checkText } from './configurations.ts';
import type { KeptDecisions } from './kept-decisions.ts';
import type { NodeLoop } from './loop.ts';
import type { SecretFiles } from '../host/disk/secrets.ts';
import { metricsText } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { Recorder } from './recorder.ts';
import type { Requests } from './requests.ts';
import { tellSecrets } from './secrets.ts';

export interface BackendParts {
  readonly loop: NodeLoop;
  readonly requests: Requests;
  readonly decider: Decider;
  readonly kept: KeptDecisions;
  readonly recorder: Recorder;
  readonly secrets: SecretFiles;
  readonly catalogue: AgentCatalogue;
  readonly outbox: Outbox;
  readonly debug: Debugger;
  readonly local: () => LocalFacts;
  readonly machines: UnmanagedMachines;
  readonly logs: Backend['logs'];
  /** As the engine's configuration has them. */
  readonly nodeNumbers: ReadonlyMap<string, number>;
}

export function createBackend(parts: BackendParts): Backend {
  const { loop, requests, secrets, catalogue, local } = parts;
  const submit: Backend['submit'] = (command) =>
    requests.ask((tag) => ({ kind: 'request', tag, command }));
  const planFrom = (cluster: ClusterState): Promise<Plan> =>
    parts.decider.compute(pictureOf(cluster, loop.node.view.dc, false), local().wallMs);
  const backend: Backend = {
    cluster: () => loop.node.cluster,
    view: () => loop.node.view,
    local,
    submit,
    refusalOf: (command) => requestRefusal(loop.node, command),
    leave: (by) => leave(parts, by),
    overrideFreeze: () => requests.ask((tag) => ({ kind: 'override-freeze', tag })),
    onChange: (listener) => loop.onChange(listener),
    checkConfiguration: (source, name) => checkText(source, name, catalogue),
    compareConfigurations,
    picture: () => pictureOf(loop.node.cluster, loop.node.view.dc, false),
    keptDecisions: () => parts.kept.ids(),
    keptDecision: (id) => parts.kept.read(id),
    incident: (id) => parts.recorder.file(id),
    cib: () => {
      const { configuration, status } = backend.picture();
      return exportCib(configuration, status).text;
    },
    nodeNumber: (node) => parts.nodeNumbers.get(node),
    plan: (model) => {
      const { cluster } = loop.node;
      const changed = { ...cluster, configuration: { ...cluster.configuration, model } };
      return planFrom(changed);
    },
    planWith: (mark) => planFrom(setMark(loop.node.cluster, mark)),
    explain: (resource, node) => {
      const { cluster, view } = loop.node;
      const asked = { resource, ...(node === undefined ? {} : { node }) };
      return parts.decider.explain(pictureOf(cluster, view.dc, false), local().wallMs, asked);
    },
    balance: () => balanceNow(parts),
    agents: (withTitles) => listAgents(catalogue, withTitles),
    agent: (name) => describeAgent(catalogue, name),
    secrets: () => secrets.list(),
    setSecret: async (name, value) => {
      await secrets.write(name, value);
      await tellSecrets(backend);
    },
    removeSecret: async (name) => {
      if (!(await secrets.list()).includes(name)) return false;
      await secrets.remove(name);
      await tellSecrets(backend);
      return true;
    },
    debug: (resource, operation, foreground) =>
      parts.debug(loop.node.cluster, resource, operation, foreground),
    metrics: () =>
      metricsText(statusOf(backend), {
        residentBytes: process.memoryUsage.rss(),
        cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
        messagesWaiting: parts.outbox.waiting,
        requestsWaiting: requests.waiting,
        messagesRefused: loop.node.view.refused,
        requestsRefused: backend.refusals.counts,
      }),
    logs: parts.logs,
    machines: parts.machines,
    refusals: refusals(),
  };
  return backend;
}

async function balanceNow({ loop, local, decider }: BackendParts): ReturnType<Backend['balance']> {
  const { cluster, view } = loop.node;
  const load = readLoad(read(cluster, view, local()));
  const balance = await decider.balance(pictureOf(cluster, view.dc, false), local().wallMs, load);
  return { balance, nodes: sharesOf(load, balance.moves) };
}

const ANSWER_MS = 100;

/** The answer goes out first: with nothing to stop, the daemon ends in the same moment. */
function leave({ loop, local }: BackendParts, by: string): Promise<string> {
  setTimeout(() => loop.push({ kind: 'shutdown', by }), ANSWER_MS);
  return Promise.resolve(
    `${local().self} goes by its own word, for there is no quorum that could be told: its daemon ` +
      'ends as soon as nothing of the cluster runs here.',
  );
}

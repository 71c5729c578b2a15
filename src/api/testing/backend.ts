/** A backend on a hand-made state: commands are applied at once, as the only member would. */
import { balance, sharesOf } from '../../core/balance/balance.ts';
import { readLoad } from '../../core/balance/read.ts';
import { applyCommand, refusalOf } from '../../core/cluster/apply.ts';
import { setMark } from '../../core/cluster/marks-apply.ts';
import { pictureOf } from '../../core/cluster/picture.ts';
import type { Command } from '../../core/cluster/commands.ts';
import type { ClusterState } from '../../core/cluster/state.ts';
import { nodeName, wallMs } from '../../core/model/ids.ts';
import { explainResource } from '../../core/scheduler/explain.ts';
import { schedule } from '../../core/scheduler/schedule.ts';
import type { StoreView } from '../../core/store/types.ts';
import { read } from '../../core/view/reading.ts';
import { LOCAL, viewOf } from '../../core/view/testing/states.ts';
import type { Backend, Reply } from '../backend.ts';
import { refusals } from '../refusals.ts';

export interface TestBackend extends Backend {
  readonly commands: Command[];
  change(cluster: ClusterState): void;
  /** What `submit` answers instead of applying. */
  answerWith(reply: Reply | undefined): void;
}

export function testBackend(
  initial: ClusterState,
  more: Partial<Backend> & { readonly storeView?: StoreView } = {},
): TestBackend {
  let cluster = initial;
  let fixedReply: Reply | undefined;
  const listeners = new Set<() => void>();
  const secrets = new Map<string, string>();
  const commands: Command[] = [];
  const { storeView = viewOf(['n1', 'n2']), ...overrides } = more;
  const change = (next: ClusterState): void => {
    cluster = next;
    for (const listener of listeners) listener();
  };
  return {
    commands,
    change,
    answerWith: (reply) => (fixedReply = reply),
    cluster: () => cluster,
    view: () => storeView,
    local: () => LOCAL,
    submit: async (command) => {
      commands.push(command);
      if (fixedReply !== undefined) return fixedReply;
      const { state, answer } = applyCommand(cluster, command, context(cluster, commands.length));
      change(state);
      return { kind: 'applied', answer, index: commands.length };
    },
    refusalOf: (command) => refusalOf(cluster, command),
    leave: async (by) => `${by} has said that it leaves`,
    overrideFreeze: async () => ({ kind: 'applied', answer: undefined, index: 0 }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    checkConfiguration: async () => ({ findings: [] }),
    compareConfigurations: () => [],
    picture: () => pictureOf(cluster, nodeName('n1'), false),
    keptDecisions: async () => [],
    keptDecision: async () => undefined,
    incident: async () => undefined,
    cib: () => '<cib/>\n',
    nodeNumber: (node) => (/^n\d+$/.test(node) ? Number(node.slice(1)) : undefined),
    plan: async () => ({ actions: [], order: [], placements: [], unplaced: [], findings: [] }),
    planWith: async (mark) =>
      schedule(pictureOf(setMark(cluster, mark), nodeName('n1'), false), LOCAL.wallMs),
    explain: async (resource, node) =>
      explainResource(pictureOf(cluster, nodeName('n1'), false), LOCAL.wallMs, {
        resource,
        ...(node === undefined ? {} : { node }),
      }),
    balance: async () => balanceOf(cluster, storeView),
    agents: async () => [{ name: 'ocf:heartbeat:Dummy' }],
    agent: async () => undefined,
    secrets: async () => [...secrets.keys()],
    setSecret: async (name, value) => void secrets.set(name, value),
    removeSecret: async (name) => secrets.delete(name),
    debug: async (resource, operation) => debugged(resource, operation),
    logs: async (resource, { nodes = [] }) => ({
      resource,
      parts: nodes.map((node) => ({ node, what: 'what it has printed', text: 'one\ntwo' })),
      problems: [],
    }),
    machines: NO_MACHINES,
    metrics: () => '# EOF\n',
    refusals: refusals(),
    ...overrides,
  };
}

function balanceOf(
  cluster: ClusterState,
  storeView: StoreView,
): Awaited<ReturnType<Backend['balance']>> {
  const load = readLoad(read(cluster, storeView, LOCAL));
  const picture = pictureOf(cluster, nodeName('n1'), false);
  const found = balance(picture, LOCAL.wallMs, load);
  return { balance: found, nodes: sharesOf(load, found.moves) };
}

const debugged = (resource: string, operation: string) => ({
  resource,
  operation,
  node: 'n1',
  outcome: 'ok',
  ok: true,
  durationMs: 1,
  output: '',
});

const NO_MACHINES: Backend['machines'] = {
  search: async () => ({ machines: [], off: [], known: [], conflicts: [], problems: [] }),
  take: async () => ({ switches: [], problems: [] }),
  give: async () => ({ switches: [], problems: [] }),
  ignore: async () => undefined,
};

function context(cluster: ClusterState, index: number): Parameters<typeof applyCommand>[2] {
  return {
    epoch: cluster.epoch,
    index,
    time: wallMs(cluster.time + 1),
    sender: nodeName('n1'),
    dc: nodeName('n1'),
    quorate: true,
    members: [nodeName('n1'), nodeName('n2')],
  };
}

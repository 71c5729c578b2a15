/** Compares an answer with an expected transition graph (Pacemaker's XML), read just as far as needed. */
import type { Answer } from '../answer.ts';

interface Graph {
  /** Key of each real action by id; points are missing. */
  readonly keys: ReadonlyMap<string, string>;
  readonly before: ReadonlyMap<string, readonly string[]>;
}

export function compareWithGraph(answer: Answer, xml: string): boolean {
  const expected = closure(readGraph(xml));
  const got = closure(readAnswer(answer));
  return expected.actions === got.actions && expected.order === got.order;
}

function readAnswer(answer: Answer): Graph {
  const keys = new Map<string, string>();
  const before = new Map<string, string[]>();
  for (const action of answer.actions) {
    if (action.pseudo === true) continue;
    const { op = '', rsc, node, interval = 0 } = action;
    const extra =
      op === 'notify'
        ? `${action.when ?? ''}-${action.of ?? ''}`
        : op === 'cancel'
          ? (action.of ?? 'monitor')
          : op === 'fence'
            ? (action.method ?? 'reboot')
            : '';
    const subject = op === 'fence' || op === 'shutdown' ? undefined : rsc;
    keys.set(String(action.id), key(RENAMED[op] ?? op, subject, node, interval, extra));
  }
  for (const [first, then] of answer.order) push(before, String(then), String(first));
  return { keys, before };
}

const RENAMED: Readonly<Record<string, string>> = {
  stonith: 'fence',
  'reload-agent': 'reload',
  do_shutdown: 'shutdown',
  clear_failcount: 'clear-failcount',
  lrm_delete: 'forget',
};

const key = (
  op: string,
  rsc: string | undefined,
  node: string | undefined,
  interval: number,
  extra: string,
): string => `${op} ${rsc ?? '-'} ${node ?? '-'} ${interval} ${extra}`;

function push(map: Map<string, string[]>, at: string, value: string): void {
  const list = map.get(at);
  if (list === undefined) map.set(at, [value]);
  else list.push(value);
}

const attribute = (text: string, name: string): string | undefined =>
  new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1];

function readGraph(xml: string): Graph {
  const keys = new Map<string, string>();
  const before = new Map<string, string[]>();
  for (const [, synapse = ''] of xml.matchAll(/<synapse\b[^>]*>([\s\S]*?)<\/synapse>/g)) {
    const [own = '', inputs = ''] = synapse.split('<inputs');
    const ids: string[] = [];
    for (const match of own.matchAll(ACTION)) {
      const [, tag = '', head = '', body = ''] = match;
      const id = attribute(head, 'id') ?? '';
      ids.push(id);
      if (tag !== 'pseudo_event') keys.set(id, graphKey(head, body));
    }
    for (const match of inputs.matchAll(/<(?:rsc_op|pseudo_event|crm_event)\b([^>]*)>/g)) {
      const first = attribute(match[1] ?? '', 'id') ?? '';
      for (const id of ids) push(before, id, first);
    }
  }
  return { keys, before };
}

const ACTION = /<(rsc_op|pseudo_event|crm_event)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/g;

function graphKey(head: string, body: string): string {
  const operation = attribute(head, 'operation') ?? '';
  const op = RENAMED[operation] ?? operation;
  const operationKey = attribute(head, 'operation_key') ?? '';
  const primitive = /<primitive\b([^>]*)>/.exec(body)?.[1];
  const attributes = /<attributes\b([^>]*)>/.exec(body)?.[1] ?? '';
  const rsc = primitive === undefined ? undefined : attribute(primitive, 'id');
  const node = attribute(head, 'on_node');
  const interval = Number(/_(\d+)$/.exec(operationKey)?.[1] ?? 0);
  switch (op) {
    case 'notify': {
      const match = /_(pre|post)_notify_([a-z_-]+)_\d+$/.exec(operationKey);
      return key(op, rsc, node, 0, match === null ? operationKey : `${match[1]}-${match[2]}`);
    }
    case 'fence':
      return key(
        op,
        undefined,
        node,
        0,
        attribute(attributes, 'CRM_meta_stonith_action') ?? 'reboot',
      );
    case 'shutdown':
      return key(op, undefined, node, 0, '');
    case 'forget':
      return key(op, rsc ?? operationKey.replace(/_lrm_delete_0$/, ''), node, 0, '');
    case 'cancel':
      return key(op, rsc, node, interval, attribute(attributes, 'CRM_meta_operation') ?? 'monitor');
    case 'monitor':
      return key(op, rsc, node, interval, '');
    default:
      return key(op, rsc, node, rsc === undefined ? 0 : interval, '');
  }
}

/** All real actions and all pairs of them, directly ordered or not, as two sorted texts. */
function closure(graph: Graph): { readonly actions: string; readonly order: string } {
  const pairs = new Set<string>();
  for (const [id, name] of graph.keys) {
    for (const first of allBefore(graph, id)) {
      const other = graph.keys.get(first);
      if (other !== undefined && first !== id) pairs.add(`${other} < ${name}`);
    }
  }
  return {
    actions: [...graph.keys.values()].sort().join('\n'),
    order: [...pairs].sort().join('\n'),
  };
}

function allBefore(graph: Graph, id: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const work = [id];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const first of graph.before.get(at) ?? []) {
      if (seen.has(first)) continue;
      seen.add(first);
      work.push(first);
    }
  }
  return seen;
}

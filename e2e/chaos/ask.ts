/** Looks at daemons from outside their machines: a process for each look would be a load itself. */
import { request } from 'node:http';
import type { StatusView } from '../../src/core/view/types.ts';
import type { LabNode } from '../lab/node.ts';
import { runsOn } from '../lab/product.ts';
import { resources } from './configuration.ts';

/** What a path of the API answers there; undefined when nobody does in time. */
export function get(node: LabNode, path: string, timeoutMs = 1000): Promise<string | undefined> {
  const pid = node.pid();
  if (pid === undefined) return Promise.resolve(undefined);
  // Through the root of process 1 a path leads into the machine's own file systems (proc(5)).
  const socketPath = `/proc/${String(pid)}/root/run/holdfast/api.sock`;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({ socketPath, path, signal, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => (text += piece.toString('utf8')));
      answer.on('error', () => resolve(undefined));
      answer.on('end', () => resolve(answer.statusCode === 200 ? text : undefined));
    });
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}

export async function statusOf(node: LabNode): Promise<StatusView | undefined> {
  const text = await get(node, '/v1/status');
  return text === undefined ? undefined : (JSON.parse(text) as StatusView);
}

/** Actions and fencing that are under way, as any node with quorum tells it. */
export async function underWay(nodes: readonly LabNode[]): Promise<readonly string[]> {
  const seen = (await Promise.all(nodes.map(statusOf))).find((one) => one?.quorum.acting);
  const steps = seen?.underWay.filter(({ kind }) => kind === 'action' || kind === 'fencing');
  return steps?.map(({ text }) => text) ?? [];
}

/**
 * Why the cluster, as each of these nodes sees it, is not whole; undefined when it is.
 * `away`: names of others that have left in good order.
 */
export async function whyNotWhole(
  nodes: readonly LabNode[],
  away: readonly string[] = [],
): Promise<string | undefined> {
  const views = await Promise.all(nodes.map(statusOf));
  const count = nodes.length + away.length;
  const reasons = views.map((seen, at) => {
    const why = seen === undefined ? 'does not answer' : whyNotWholeSeen(seen, count, away);
    return why === undefined ? [] : [`${nodes[at]?.name ?? '?'}: ${why}`];
  });
  const all = reasons.flat();
  return all.length === 0 ? undefined : all.join('; ');
}

function whyNotWholeSeen(
  seen: StatusView,
  count: number,
  away: readonly string[],
): string | undefined {
  if (!seen.quorum.acting) return seen.quorum.sentence;
  const wanted = (name: string) => (away.includes(name) ? 'down' : 'online');
  const wrong = seen.nodes.filter(({ name, state }) => state !== wanted(name));
  if (wrong.length > 0) return wrong.map(({ name, state }) => `${name} is ${state}`).join(', ');
  if (seen.nodes.length !== count) return `${String(seen.nodes.length)} nodes`;
  const idle = resources.filter((id) => !runsOnce(seen, id));
  if (idle.length > 0) return idle.map((id) => `${id} ${stateOf(seen, id)}`).join(', ');
  return seen.settled ? undefined : 'not at rest';
}

function runsOnce(seen: StatusView, id: string): boolean {
  return stateOf(seen, id) === 'running' && runsOn(seen, id) !== undefined;
}

function stateOf(seen: StatusView, id: string): string {
  const found = seen.resources.find((resource) => resource.id === id);
  return found?.whyNot === undefined
    ? (found?.state ?? 'absent')
    : `${found.state}: ${found.whyNot.reason}`;
}

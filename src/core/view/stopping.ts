/** A stop of the whole cluster: what it waits for, and how it comes back. */
import { activity } from '../cluster/activity.ts';
import type { ClusterState, NodeRecord } from '../cluster/state.ts';
import { configuredId, listText } from './names.ts';
import type { Note } from './types.ts';

/** Whoever looks why nothing starts, or why nobody leaves, is told here. */
export function stoppingNotes(cluster: ClusterState): readonly Note[] {
  const { stopping, nodes } = cluster;
  if (stopping === undefined) return [];
  const text = `${stopping.by} stops the whole cluster: nothing is moved or started, and all nodes leave together.`;
  const away = Object.values(nodes).filter(({ condition }) => condition === 'held');
  const left = Object.values(nodes).flatMap((node) => leftRunning(cluster, node));
  const waits: string[] = [];
  if (away.length > 0) {
    const names = listText(away.map(({ name }) => name));
    waits.push(`they wait for the daemon of ${names}: start it, or it is fenced`);
  }
  if (left.length > 0) {
    const what = listText(left);
    waits.push(`they wait for ${what}: end its maintenance, or stop it by hand and clean it up`);
  }
  if (waits.length === 0) waits.push('afterwards: systemctl start holdfastd on each node');
  return [{ severity: 'warning', text, advice: waits.join('; ') }];
}

/** Runs, or may, and nothing is going to stop it: in maintenance, not managed, or its stop has failed. */
function leftRunning({ transition }: ClusterState, node: NodeRecord): string[] {
  if (node.condition !== 'online') return [];
  const isToStop = (resource: string): boolean =>
    (transition?.actions ?? []).some(
      (action) =>
        action.node === node.name &&
        (action.instance ?? action.resource) === resource &&
        ['waiting', 'ready'].includes(transition?.states[action.id] ?? ''),
    );
  return Object.values(node.history)
    .filter((history) => activity(history) !== 'inactive' && !isToStop(history.resource))
    .map((history) => `${configuredId(history.resource)} on ${node.name}`);
}

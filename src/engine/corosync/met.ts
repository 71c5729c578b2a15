/** Whom this machine's Corosync has met since it was started. */
import type { EngineConfiguration } from '../../core/model/engine.ts';
import type { NodeName } from '../../core/model/ids.ts';
import type { Keys } from './configuration.ts';

/**
 * Of Corosync's map (cmap_keys(8)): `runtime.members.NODEID.join_count` comes with a node's first
 * membership and stays when it leaves; all of it goes with the process, while a daemon's restart does not count. e2e/quorum/two-node-alone.test.ts
 * holds it against the real one.
 */
export const MEMBERS_MET = 'runtime.members.';

export function unseenNodes(nodes: EngineConfiguration['nodes'], met: Keys): readonly NodeName[] {
  const isMet = (number: number): boolean =>
    Number(met[`${MEMBERS_MET}${number}.join_count`] ?? 0) > 0;
  return nodes.filter(({ number }) => !isMet(number)).map(({ node }) => node);
}

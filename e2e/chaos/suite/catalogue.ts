/** The tests of the field's Cluster Test Suite by their names; each ends with a cluster that is whole. */
import type { Bed } from './bed.ts';
import * as failing from './failing.ts';
import * as starting from './starting.ts';

export interface ClusterTest {
  readonly name: string;
  /** Throws when something is not as it must be. */
  readonly run: (bed: Bed) => Promise<void>;
}

export const clusterTests: readonly ClusterTest[] = [
  { name: 'Flip', run: starting.flip },
  { name: 'Restart', run: starting.restart },
  { name: 'Stonithd', run: failing.stonithd },
  { name: 'StartOnebyOne', run: starting.startOneByOne },
  { name: 'SimulStart', run: starting.simulStart },
  { name: 'SimulStop', run: starting.simulStop },
  { name: 'StopOnebyOne', run: starting.stopOneByOne },
  { name: 'RestartOnebyOne', run: starting.restartOneByOne },
  { name: 'PartialStart', run: starting.partialStart },
  { name: 'Standby', run: starting.standby },
  { name: 'MaintenanceMode', run: failing.maintenanceMode },
  { name: 'ResourceRecover', run: failing.resourceRecover },
  { name: 'ComponentFail', run: failing.componentFail },
  { name: 'SplitBrain', run: failing.splitBrain },
  { name: 'Reattach', run: failing.reattach },
  { name: 'ResyncCIB', run: failing.resyncConfiguration },
  { name: 'NearQuorumPoint', run: starting.nearQuorumPoint },
];

/** Tests by name, in the catalogue's order; throws with the names there are for one that is not. */
export function chosenTests(names: readonly string[]): readonly ClusterTest[] {
  const isNamed = (test: ClusterTest, name: string) =>
    test.name.toLowerCase() === name.toLowerCase();
  const strange = names.filter((name) => !clusterTests.some((test) => isNamed(test, name)));
  if (strange.length > 0) {
    const known = clusterTests.map(({ name }) => name).join(', ');
    throw new Error(`there is no test ${strange.join(', ')}; there is: ${known}`);
  }
  return clusterTests.filter((test) => names.some((name) => isNamed(test, name)));
}

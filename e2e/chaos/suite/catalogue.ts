/** The tests of the field's Cluster Test Suite by their names; each ends with a cluster that is whole. */
import type { Bed } from './bed.ts';
import * as failing from './failing.ts';
import { told } from './logs.ts';
import * as starting from './starting.ts';

export interface ClusterTest {
  readonly name: string;
  /** Throws when something is not as it must be. */
  readonly run: (bed: Bed) => Promise<void>;
  /** Warnings and errors that its faults bring about; any other fails it. */
  readonly expects: readonly RegExp[];
}

const { lost, held, leftUnheard, fencing, fencingTest, noQuorum, found, cutShort } = told;
/** Four nodes or more: when quorum is gone there are two left or more, and one sees another leave. */
const lastOnes = [noQuorum, leftUnheard];

export const clusterTests: readonly ClusterTest[] = [
  { name: 'Flip', run: starting.flip, expects: [] },
  { name: 'Restart', run: starting.restart, expects: [] },
  { name: 'Stonithd', run: failing.stonithd, expects: [lost, fencing, fencingTest] },
  { name: 'StartOnebyOne', run: starting.startOneByOne, expects: [...lastOnes, lost, fencing] },
  { name: 'SimulStart', run: starting.simulStart, expects: lastOnes },
  { name: 'SimulStop', run: starting.simulStop, expects: lastOnes },
  { name: 'StopOnebyOne', run: starting.stopOneByOne, expects: lastOnes },
  { name: 'RestartOnebyOne', run: starting.restartOneByOne, expects: [] },
  { name: 'PartialStart', run: starting.partialStart, expects: [held] },
  { name: 'Standby', run: starting.standby, expects: [] },
  { name: 'MaintenanceMode', run: failing.maintenanceMode, expects: [found('books')] },
  {
    name: 'ResourceRecover',
    run: failing.resourceRecover,
    expects: ['books', 'vault', 'server'].map(found),
  },
  {
    name: 'ComponentFail',
    run: failing.componentFail,
    expects: [held, lost, fencing, noQuorum, cutShort],
  },
  { name: 'SplitBrain', run: failing.splitBrain, expects: [lost, fencing, noQuorum] },
  { name: 'Reattach', run: failing.reattach, expects: [held, noQuorum] },
  { name: 'ResyncCIB', run: failing.resyncConfiguration, expects: [] },
  { name: 'NearQuorumPoint', run: starting.nearQuorumPoint, expects: [noQuorum] },
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

/**
 * A node that was taken for off, by the word of a device, of its watchdog or of a person, and that comes back in the
 * boot in which it was so, has run on all the time: the wrong plug, an agent that confirms too much, a watchdog that
 * does not reset, a mistaken `fence confirm`. What ran there may have run twice.
 */
import { givesAccess } from '../model/fence-device.ts';
import { disprove } from './fencing-proofs.ts';
import { takeBackTest } from './fencing-tests.ts';
import { isReachedWith, wholeMethod } from './fencing-methods.ts';
import type { ClusterState, FencingRecord, NodeRecord } from './state.ts';
import { tell } from './tell.ts';

/** With the boot that is over now; a node that only loses its access to what is shared goes on in it. */
export function withEndedBoot(state: ClusterState, record: FencingRecord): FencingRecord {
  const node = state.nodes[record.target];
  if (!record.ok || node === undefined || node.boot === '') return record;
  if (node.incarnation !== record.incarnation || !endsBoot(state, record)) return record;
  return { ...record, boot: node.boot };
}

function endsBoot({ configuration }: ClusterState, record: FencingRecord): boolean {
  if (wholeMethod(record) === 'on' || !isReachedWith(record)) return false;
  const isIt = ({ id }: { readonly id: string }): boolean => id === record.device;
  const device = configuration.model.fenceDevices.find(isIt);
  return device === undefined || !givesAccess(device);
}

/** The last word that it was off, where it has run on since: for as long as its machine is not restarted. */
export const ranOnAfter = (state: ClusterState, node: NodeRecord): FencingRecord | undefined =>
  node.boot === ''
    ? undefined
    : state.fencing.ended.findLast(
        ({ target, boot, incarnation }) =>
          target === node.name && boot === node.boot && incarnation !== node.incarnation,
      );

/** Of a node that has just joined: told, and the device has proved nothing. */
export function noteRanOn(state: ClusterState, node: NodeRecord): ClusterState {
  const record = ranOnAfter(state, node);
  if (record === undefined) return state;
  const text = `${node.name} was not off: ${wordOf(record)}, but its machine has run on since`;
  const told = tell(state, { kind: 'alarm', severity: 'error', node: node.name, text });
  return takeBackTest(disprove(told, record), record);
}

/** Who has said that it was off. */
export const wordOf = ({ by, target, device }: FencingRecord): string =>
  by === undefined
    ? `its fencing by ${device} was confirmed`
    : `${by} confirmed by hand that ${target} is off`;

/** Where disks are copied to (copy.ts): the waiting QEMU takes them as an NBD server. */
import { diskNode } from './arguments.ts';
import type { Disk } from './disks.ts';
import { listening, type Place } from './migration.ts';
import type { Qmp } from './qmp.ts';
import { markStale, notComplete, staleReason, unmarkStale } from './stale.ts';
import { messageOf } from '../output.ts';

/**
 * Its images can be written to from the network until the guest runs there. From
 * then on nobody boots from them before the copy is complete.
 */
export async function offerDisks(qmp: Qmp, disks: readonly Disk[], place: Place): Promise<void> {
  const { host, diskPort, credentials } = place;
  const server = qmp.ask('nbd-server-start', {
    addr: { type: 'inet', data: { host, port: String(diskPort) } },
    ...(credentials === undefined ? {} : { 'tls-creds': credentials }),
  });
  await listening(diskPort, server);
  for (const [index, disk] of disks.entries()) {
    if (!disk.readOnly) await offer(qmp, place, index, disk);
  }
}

/** With the machine's name: nobody writes into another one's images, whoever listens there. */
export const offerName = ({ resource }: Place, index: number): string =>
  `${resource}/${diskNode(index)}`;

/** QEMU refuses an image that is in use: one that both nodes reach gets no mark that stays. */
async function offer(qmp: Qmp, place: Place, index: number, disk: Disk): Promise<void> {
  const wasStale = staleReason(disk) !== undefined;
  markStale([disk], notComplete);
  try {
    await qmp.ask('block-export-add', {
      id: `offer${String(index)}`,
      type: 'nbd',
      'node-name': diskNode(index),
      name: offerName(place, index),
      writable: true,
    });
  } catch (error) {
    if (!wasStale) unmarkStale([disk]);
    // Of an image that is locked QEMU 7.2 only says that it cannot be written to.
    const reason = messageOf(error);
    const hint = `${disk.path} takes no copy (is it in use on this node?)`;
    throw new Error(`${hint}: ${reason}`, { cause: error });
  }
}

export async function withdrawDisks(qmp: Qmp): Promise<void> {
  await qmp.ask('nbd-server-stop').catch(() => undefined);
}

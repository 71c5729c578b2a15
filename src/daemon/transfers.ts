/** Live migrations from here: how far they are, an attribute each for everybody; what they may take. */
import type { Backend } from '../api/backend.ts';
import { clusterOption } from '../core/cluster/options.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { NodeName } from '../core/model/ids.ts';
import { TRANSFER_PREFIX, transferText } from '../core/model/transfer.ts';
import type { Transfer } from '../core/model/transfer.ts';

const MIB = 1_048_576;

/** Of one node, all together, in bytes per second; undefined: as fast as it goes. */
export function migrationBandwidth(configuration: Configuration): number | undefined {
  const mib = Number(clusterOption(configuration, 'migration-bandwidth') ?? 0);
  return Number.isInteger(mib) && mib > 0 ? mib * MIB : undefined;
}

/** Where that node is reached by what moves live; undefined: over the cluster's own network. */
export function migrationAddress(configuration: Configuration, node: string): string | undefined {
  const known = configuration.nodes.find(({ name }) => name === node);
  const told = known?.attributes.find(({ values }) => values[MIGRATION_ADDRESS] !== undefined);
  return told?.values[MIGRATION_ADDRESS];
}

const MIGRATION_ADDRESS = 'migration-address';

/** It goes into the order like everything else, but nobody waits for it; what is lost is old. */
export function tellTransfer(
  backend: Pick<Backend, 'submit'>,
  self: NodeName,
  resource: string,
  transfer: Transfer | undefined,
): void {
  const value = transfer && transferText(transfer);
  const name = `${TRANSFER_PREFIX}${resource}`;
  backend.submit({ kind: 'attribute', node: self, name, value }).catch(() => undefined);
}

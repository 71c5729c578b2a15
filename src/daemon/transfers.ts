/** How far live migrations from here are, for everybody: an attribute each, while they run. */
import type { Backend } from '../api/backend.ts';
import type { NodeName } from '../core/model/ids.ts';
import { TRANSFER_PREFIX, transferText } from '../core/model/transfer.ts';
import type { Transfer } from '../core/model/transfer.ts';

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

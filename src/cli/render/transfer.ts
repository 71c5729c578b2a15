/** How far a live migration is, in one line. */
import type { Transfer } from '../../core/model/transfer.ts';
import { byteText } from './bytes.ts';

/** "42 %, 310 MiB sent, 420 MiB left; 98 MiB/s, the guest writes 12 MiB/s; it would stand …". */
export function transferLine(transfer: Transfer): string {
  const { stage, percent, sentBytes, leftBytes, bytesPerSecond, dirtyBytesPerSecond } = transfer;
  const what = stage === 'disks' ? 'disks: ' : '';
  const speed = `${byteText(bytesPerSecond)}/s`;
  const dirty =
    dirtyBytesPerSecond === 0 ? '' : `, the guest writes ${byteText(dirtyBytesPerSecond)}/s`;
  const pause =
    transfer.downtimeMs === 0 ? '' : `, would stand still for ${String(transfer.downtimeMs)} ms`;
  return `${what}${String(percent)} %, ${byteText(sentBytes)} sent, ${byteText(leftBytes)} left; ${speed}${dirty}${pause}`;
}

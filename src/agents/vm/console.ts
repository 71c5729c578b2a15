/** What the guest printed last on its serial line (QEMU's ring buffer, not a file that grows). */
import { consoleBytes } from './arguments.ts';
import { talkTo, type Machines } from './qemu.ts';

const talkLimitMs = 1000;

/** Empty where there is none, or QEMU does not talk. */
export async function consoleText(machines: Machines, resource: string): Promise<string> {
  try {
    const qmp = await talkTo(machines, resource, AbortSignal.timeout(talkLimitMs));
    if (!qmp) return '';
    const text = await qmp.ask('ringbuf-read', { device: 'console', size: consoleBytes });
    qmp.close();
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}

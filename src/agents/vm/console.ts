/** What the guest printed last on its serial line (QEMU's ring buffer, not a file that grows). */
import { consoleBytes } from './arguments.ts';
import { withGuest } from './guest.ts';
import type { Machines } from './qemu.ts';

const talkLimitMs = 1000;

/** Empty where there is none, or QEMU does not talk. */
export async function consoleText(machines: Machines, resource: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(talkLimitMs);
    const text = await withGuest(machines, resource, signal, ({ qmp }) =>
      qmp.ask('ringbuf-read', { device: 'console', size: consoleBytes }),
    );
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}

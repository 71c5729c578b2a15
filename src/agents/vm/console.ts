/** What the guest printed last on its serial line (QEMU's ring buffer, not a file that grows). */
import { lastBytes } from '../output.ts';
import { consoleBytes } from './arguments.ts';
import { withGuest } from './guest.ts';
import type { Machines } from './qemu.ts';

const talkLimitMs = 1000;

/** By resource, as what is read from a ring buffer is gone from it ("ringbuf-read", QEMU's QMP reference). */
const kept = new Map<string, string>();

/** The same, with what this daemon has read before; of a machine that is there. */
export async function keptConsole(machines: Machines, resource: string): Promise<string> {
  const { kind } = await machines.services.state(resource);
  const text = lastBytes((kept.get(resource) ?? '') + (await consoleText(machines, resource)));
  if (kind === 'running') kept.set(resource, text);
  else kept.delete(resource);
  return text;
}

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

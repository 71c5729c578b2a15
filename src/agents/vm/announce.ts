/** Switches learn a machine's new place from packets that it seems to send (AnnounceParameters). */
import type { Qmp } from './qmp.ts';

const announcement = { initial: 50, max: 550, rounds: 5, step: 100 };

export async function announce(qmp: Qmp): Promise<void> {
  await qmp.ask('announce-self', announcement).catch(() => undefined);
}

/** A machine's watchdog as it is at one moment, and what feeds it (watchdog.ts). */

import type { PillDisk } from './pill-disk.ts';

export interface WatchdogSetting {
  readonly timeoutMs: number;
  readonly proofAgeMs: number;
  readonly isVirtual: boolean;
  /** It is fed by readings of disks for poison pills that are not older; absent: there are none. */
  readonly diskAgeMs?: number;
}

export class SimulatedWatchdog {
  readonly setting: WatchdogSetting;
  /** The device runs down; when it was last fed, in true time. */
  isTicking = false;
  fedAtMs = 0;
  /** Lives of what feeds it. */
  feeders = 0;
  isArmed = false;
  /** By its machine's clock: what the last proof is made from. */
  provedAtMs: number | undefined;
  /** The feeding after that time is held up once, for so much of what the timer leaves. */
  hold: { readonly fromMs: number; readonly percent: number } | undefined;
  heldUntilMs = 0;
  /** When the last reading of each disk began, by its machine's clock. */
  readonly read = new Map<PillDisk, number>();
  /** The last boot in which the daemon gave it back: nothing ran there. */
  releasedInBoot = 0;
  /** A pill for this boot was found. */
  isPilled = false;

  constructor(setting: WatchdogSetting) {
    this.setting = setting;
  }
}

/** A machine's watchdog as it is at one moment, and what feeds it (watchdog.ts). */

export interface WatchdogSetting {
  readonly timeoutMs: number;
  readonly proofAgeMs: number;
  readonly isVirtual: boolean;
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

  constructor(setting: WatchdogSetting) {
    this.setting = setting;
  }
}

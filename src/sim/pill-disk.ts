/** A shared disk for poison pills: what is written in each node's slot (pill.ts). */

interface Slot {
  /** Of the machine that has it: written when its feeder begins. */
  boot: string | undefined;
  message: { readonly boot: string; readonly action: string } | undefined;
}

export class PillDisk {
  readonly uuid: string;
  readonly slots = new Map<string, Slot>();

  constructor(at: number) {
    this.uuid = `${String(at).repeat(8)}-0000-4000-8000-000000000000`;
  }

  slot(name: string): Slot {
    const slot = this.slots.get(name) ?? { boot: undefined, message: undefined };
    this.slots.set(name, slot);
    return slot;
  }
}

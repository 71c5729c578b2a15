/** How far a live migration is: an attribute of its source, one for each resource that moves. */

/** With a resource behind it; the value is a `Transfer` in words (see `transferText`). */
export const TRANSFER_PREFIX = '#moving:';

export interface Transfer {
  /** `disks` are copied first, where no other node reaches them. */
  readonly stage: 'disks' | 'memory';
  /** 0 to 100, of the memory or the disks; a guest that writes sends parts again. */
  readonly percent: number;
  readonly sentBytes: number;
  readonly leftBytes: number;
  /** Now. */
  readonly bytesPerSecond: number;
  /** What the guest writes to its memory; 0: not known yet. */
  readonly dirtyBytesPerSecond: number;
  /** How long the guest would stand still if the rest were sent now. */
  readonly downtimeMs: number;
}

const NUMBERS = [
  'percent',
  'sentBytes',
  'leftBytes',
  'bytesPerSecond',
  'dirtyBytesPerSecond',
  'downtimeMs',
] as const;

/** `memory 42 1048576 …`: short, since it travels each second. */
export const transferText = (transfer: Transfer): string =>
  [transfer.stage, ...NUMBERS.map((name) => String(Math.max(0, Math.round(transfer[name]))))].join(
    ' ',
  );

/** Undefined where the text is none of ours. */
export function parseTransfer(text: string | undefined): Transfer | undefined {
  const [stage, ...words] = (text ?? '').split(' ');
  if ((stage !== 'disks' && stage !== 'memory') || words.length !== NUMBERS.length) {
    return undefined;
  }
  if (!words.every((word) => /^\d{1,16}$/.test(word))) return undefined;
  const [percent = 0, sentBytes = 0, leftBytes = 0, bytesPerSecond = 0, dirty = 0, downtimeMs = 0] =
    words.map(Number);
  return {
    stage,
    percent: Math.min(100, percent),
    sentBytes,
    leftBytes,
    bytesPerSecond,
    dirtyBytesPerSecond: dirty,
    downtimeMs,
  };
}

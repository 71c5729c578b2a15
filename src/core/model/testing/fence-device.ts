import type { FenceDevice } from '../configuration.ts';

/** What most tests want of a fence device; each adds its name and agent. */
export const plainFenceDevice = {
  parameters: {},
  hosts: {},
  action: 'reboot',
  timeoutMs: 60_000,
  retries: 1,
  monitorIntervalMs: 0,
  delayMs: 0,
} as const satisfies Omit<FenceDevice, 'id' | 'agent'>;

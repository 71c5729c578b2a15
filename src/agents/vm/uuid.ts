import { createHash } from 'node:crypto';
import type { VmSettings } from './settings.ts';

/** Of the guest, the same on each node. Where none is given: version 8 of RFC 9562, from the resource's name. */
export function uuidOf(resource: string, { uuid }: Pick<VmSettings, 'uuid'>): string {
  if (uuid !== undefined) return uuid;
  const hex = createHash('sha256').update(`holdfast vm\0${resource}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

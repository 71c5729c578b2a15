/** Why a node can take nothing at all, whatever the scores say. */
import { isAvailable } from '../assignment/hosts.ts';
import type { Host } from '../world.ts';

/** Undefined: it can take resources. */
export function whyUnavailable(host: Host): string | undefined {
  if (isAvailable(host, true)) return undefined;
  if (host.held) return 'its daemon is away for a moment';
  if (host.unclean) return `it is lost and must be fenced: ${host.fenceReason ?? 'it is gone'}`;
  if (host.pending) return 'it is joining';
  if (host.shutdown) return host.kind === 'member' ? 'it is leaving' : 'its connection ends';
  if (!host.online) return notOnline(host);
  if (host.standbyByFailure)
    return 'it is in standby because an operation failed (on-fail=standby)';
  if (host.standby) return 'it is in standby';
  if (host.maintenance) return 'it is in maintenance';
  return 'its machine or container does not run';
}

function notOnline(host: Host): string {
  if (host.kind !== 'member') return 'its connection does not run';
  return host.state === undefined ? 'it has not been seen' : 'it is not online';
}

/** Options that take protection away: somebody has set them, and somebody else must be able to see it. */
import { booleanOption, clusterOption } from '../cluster/options.ts';
import { reliesOnWatchdogs } from '../cluster/watchdog.ts';
import type { Configuration } from '../model/configuration.ts';
import { isFencingOn } from './fencing-reach.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

/** For as long as they are in force. A machine that stands alone has nobody to fence. */
export function riskySettings(reading: Reading): Note[] {
  const { cluster, local } = reading;
  if (local.engine === 'local') return [];
  return [...unfencedNotes(reading), ...policyNotes(cluster.configuration.model)];
}

/** Also for who applies them; what is to be said of a policy then is said by core/config. */
export function unfencedNotes({ cluster, local }: Reading): Note[] {
  const { model } = cluster.configuration;
  if (local.engine === 'local') return [];
  if (!isFencingOn(cluster)) return [fencingOff(model)];
  return booleanOption(model, 'startup-fencing', true) ? [] : [STARTUP_FENCING_OFF];
}

function fencingOff(model: Configuration): Note {
  const policy = goesOn(model);
  const cutOff =
    policy === undefined
      ? 'although it may still run there'
      : `although a node that was only cut off goes on with it (no-quorum-policy: ${policy})`;
  return {
    severity: 'warning',
    text:
      `Nothing is fenced (fencing-enabled: false): what ran on a lost node is started elsewhere ${cutOff}, ` +
      'and two that write to the same data destroy it.',
    advice:
      (model.fenceDevices.length > 0 ? '' : 'describe a device under fencing.devices, ') +
      'take fencing-enabled out of the options, and apply it',
  };
}

/** Without it a node counts as off that was never seen ("Cluster-Wide Configuration", startup-fencing). */
const STARTUP_FENCING_OFF: Note = {
  severity: 'warning',
  text:
    'A node that was not seen since the cluster started counts as switched off, and is not fenced ' +
    '(startup-fencing: false): what still runs there is started a second time.',
  advice: 'take startup-fencing out of the options, and apply it',
};

/** `freeze` says what it does; `ignore` promises more than is kept, and a watchdog does the opposite of both. */
function policyNotes(model: Configuration): Note[] {
  const policy = goesOn(model);
  if (policy === undefined) return [];
  if (reliesOnWatchdogs(model)) return [withWatchdog(policy)];
  return policy === 'ignore' ? [IGNORE] : [];
}

const withWatchdog = (policy: string): Note => ({
  severity: 'warning',
  text:
    `No watchdog counts with no-quorum-policy: ${policy}: services are to go on without quorum, ` +
    'where a watchdog resets the machine.',
  advice: 'write "no-quorum-policy: stop", or describe a device under fencing.devices',
});

const IGNORE: Note = {
  severity: 'warning',
  text:
    'A part without quorum goes on with what it runs (no-quorum-policy: ignore), and starts and ' +
    'fences nothing: it is the same as "freeze".',
  advice: 'write "no-quorum-policy: stop", or "freeze" if that is meant, and apply it',
};

/** The policy under which what runs goes on without quorum. */
function goesOn(model: Configuration): string | undefined {
  const policy = clusterOption(model, 'no-quorum-policy')?.toLowerCase();
  return policy === 'ignore' || policy === 'freeze' ? policy : undefined;
}

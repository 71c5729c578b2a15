/** What the configuration says of a cluster without quorum, where Holdfast does it otherwise. */
import type { Configuration } from '../model/configuration.ts';
import { hasWatchdogFencing } from './fencing.ts';
import type { ConfigurationFinding } from './finding.ts';
import { valueOf } from './values.ts';

/** Where a watchdog fences, fencing.ts has its own word on this. */
export function checkQuorumPolicy(configuration: Configuration): readonly ConfigurationFinding[] {
  const policy = valueOf(configuration.options, 'no-quorum-policy')?.toLowerCase();
  if (policy !== 'ignore' || hasWatchdogFencing(configuration)) return [];
  return [
    {
      code: 'quorum-policy',
      severity: 'warning',
      subject: { kind: 'cluster', id: '', field: ['options', 'no-quorum-policy'] },
      text:
        'with no-quorum-policy "ignore" services go on without quorum, but nothing is started or ' +
        'fenced: it is the same as "freeze"',
      advice: 'write "no-quorum-policy: stop", or "freeze" if that is meant',
    },
  ];
}

/** What the configuration says of a cluster without quorum, where Holdfast does it otherwise. */
import type { Configuration } from '../model/configuration.ts';
import { hasWatchdogFencing } from './fencing.ts';
import type { ConfigurationFinding } from './finding.ts';
import { valueOf } from './values.ts';

/** Where a watchdog fences, fencing.ts has its own word on "ignore", and "fence" is done by it. */
export function checkQuorumPolicy(configuration: Configuration): readonly ConfigurationFinding[] {
  const policy = valueOf(configuration.options, 'no-quorum-policy')?.toLowerCase();
  const said = SAID[policy ?? ''];
  if (said === undefined || hasWatchdogFencing(configuration)) return [];
  return [
    {
      code: 'quorum-policy',
      severity: 'warning',
      subject: { kind: 'cluster', id: '', field: ['options', 'no-quorum-policy'] },
      ...said,
    },
  ];
}

/** Whoever has no quorum fences nobody, itself neither: only its watchdog does (self-fencing.md). */
const FENCE = {
  text:
    'with no-quorum-policy "fence" a part without quorum stops what runs: nobody there may fence, and ' +
    'no watchdog is relied on that would reset its machines',
  advice:
    'set up holdfast-watchdog and write "fencing-watchdog-timeout: -1", or "no-quorum-policy: stop"',
} as const;

const SAID: Readonly<Record<string, Pick<ConfigurationFinding, 'text' | 'advice'>>> = {
  ignore: {
    text:
      'with no-quorum-policy "ignore" services go on without quorum, but nothing is started or ' +
      'fenced: it is the same as "freeze"',
    advice: 'write "no-quorum-policy: stop", or "freeze" if that is meant',
  },
  fence: FENCE,
  suicide: FENCE,
};

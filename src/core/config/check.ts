/** All checks of a configuration that need nothing but the configuration. */
import type { Configuration } from '../model/configuration.ts';
import { checkAddresses } from './addresses.ts';
import { checkMachines } from './machines.ts';
import { checkContainment } from './containment.ts';
import { checkDuplicates } from './duplicates.ts';
import { checkUnfencing } from './fence-actions.ts';
import { checkFencing } from './fencing.ts';
import type { ConfigurationFinding } from './finding.ts';
import { checkOptions } from './option-checks.ts';
import { checkOrders } from './orders.ts';
import { checkPromotions } from './promotions.ts';
import { checkQuorumPolicy } from './quorum.ts';
import { checkReferences } from './references.ts';

const FINDINGS_MAX = 200;

/** Errors first, then warnings; each in the order of the checks. At most 200. */
export function checkConfiguration(configuration: Configuration): readonly ConfigurationFinding[] {
  const findings = [
    ...checkDuplicates(configuration),
    ...checkReferences(configuration),
    ...checkOrders(configuration),
    ...checkPromotions(configuration),
    ...checkAddresses(configuration),
    ...checkMachines(configuration),
    ...checkFencing(configuration),
    ...checkUnfencing(configuration),
    ...checkContainment(configuration),
    ...checkQuorumPolicy(configuration),
    ...checkOptions(configuration),
  ];
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  return [...errors, ...warnings].slice(0, FINDINGS_MAX);
}

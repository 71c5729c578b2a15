/** What is wrong with a configuration that can be read: data, with a stable code. */
import type { ConfigurationSubject } from '../model/subject.ts';

export type ConfigurationFindingCode =
  | 'dangling-reference'
  | 'duplicate-id'
  | 'order-cycle'
  | 'no-promotion'
  | 'duplicate-address'
  | 'duplicate-machine-part'
  | 'address-on-several-nodes'
  | 'no-fencing'
  | 'node-not-fenceable'
  | 'watchdog-policy'
  | 'more-than-processes'
  | 'containment-place'
  | 'quorum-policy'
  | 'fence-resource'
  | 'fence-action'
  | 'fabric-fencing'
  | 'no-unfencing'
  | 'plain-secret'
  | 'unknown-option'
  | 'old-option'
  | 'bad-value'
  | 'duplicate-operation'
  | 'self-reference'
  | 'empty-collection'
  | 'unknown-agent'
  | 'unknown-parameter'
  | 'missing-parameter'
  | 'bad-parameter';

/** `error`: the configuration must not be applied so; `warning`: it can be, but look at it. */
export interface ConfigurationFinding {
  readonly code: ConfigurationFindingCode;
  readonly severity: 'error' | 'warning';
  readonly subject: ConfigurationSubject;
  /** A sentence without a full stop. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** `a`, `a and b`, `a, b, c and 4 more`. */
export function listText(names: readonly string[], shown = 5): string {
  const quoted = names.slice(0, shown).map((name) => `"${name}"`);
  const rest = names.length - quoted.length;
  if (rest > 0) return `${quoted.join(', ')} and ${rest} more`;
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}

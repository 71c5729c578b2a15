/** What differs between two configurations, for `plan`: what would change, in words. */
import type { Configuration } from '../model/configuration.ts';
import { isSecretName } from '../model/secret-parameters.ts';
import { thingsOf } from './facts.ts';
import type { Field, Thing } from './facts.ts';

export interface ConfigurationChange {
  /** In the words of cluster.yaml: `['resources', 'ip', 'parameters', 'cidr_netmask']`. */
  readonly path: readonly string[];
  readonly kind: 'added' | 'removed' | 'changed';
  /** `resources.ip.parameters.cidr_netmask: 24 → 25`. */
  readonly text: string;
}

/**
 * Things that come or go are one change each; things that stay have one per field. Ids of blocks
 * that stand alone do not count. Values that are secrets by their name are not shown.
 */
export function compareConfigurations(
  before: Configuration,
  after: Configuration,
): readonly ConfigurationChange[] {
  const old = byPath(thingsOf(before));
  const now = byPath(thingsOf(after));
  const changes: ConfigurationChange[] = [];
  for (const [key, thing] of old) if (!now.has(key)) changes.push(thingChange('removed', thing));
  for (const [key, thing] of now) {
    const known = old.get(key);
    if (known) changes.push(...fieldChanges(known, thing));
    else changes.push(thingChange('added', thing));
  }
  return changes;
}

function byPath<T extends { readonly path: readonly string[] }>(
  list: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [item.path.join('\0'), item]));
}

function thingChange(kind: 'added' | 'removed', { path, summary }: Thing): ConfigurationChange {
  return { path, kind, text: `${path.join('.')} (${summary}) is ${kind}` };
}

function fieldChanges(before: Thing, after: Thing): readonly ConfigurationChange[] {
  const old = byPath(before.fields);
  const now = byPath(after.fields);
  const changes: ConfigurationChange[] = [];
  for (const [key, field] of old) {
    if (!now.has(key)) changes.push(fieldChange('removed', after, field, field.value, undefined));
  }
  for (const [key, field] of now) {
    const known = old.get(key);
    if (!known) changes.push(fieldChange('added', after, field, undefined, field.value));
    else if (known.value !== field.value && !isSameOrder(field, known)) {
      changes.push(fieldChange('changed', after, field, known.value, field.value));
    }
  }
  return changes;
}

function fieldChange(
  kind: ConfigurationChange['kind'],
  thing: Thing,
  field: Field,
  before: string | undefined,
  after: string | undefined,
): ConfigurationChange {
  const path = [...thing.path, ...field.path];
  const name = path.join('.').replace(/\.(?=\([a-z]+\)$)/, ' ');
  if (isSecret(path)) return { path, kind, text: `${name} is ${kind} (not shown)` };
  if (before === undefined) return { path, kind, text: `${name}: ${after ?? ''} is added` };
  if (after === undefined) return { path, kind, text: `${name}: ${before} is removed` };
  return { path, kind, text: `${name}: ${before} → ${after}` };
}

/** The order of resources, which breaks ties, changed only if those on both sides stand otherwise. */
function isSameOrder(field: Field, known: Field): boolean {
  if (field.path.at(-1) !== '(order)') return false;
  const old = known.value.split(', ');
  const now = field.value.split(', ');
  const inOld = new Set(old);
  const inNow = new Set(now);
  return old.filter((id) => inNow.has(id)).join() === now.filter((id) => inOld.has(id)).join();
}

function isSecret(path: readonly string[]): boolean {
  const name = path.at(-1) ?? '';
  return path.includes('parameters') && isSecretName(name);
}

/** Cluster options and defaults. */
import { element } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import type { Draft } from './draft.ts';
import type { Feature } from './features.ts';

/** Option names as the peer's version knows them; Holdfast reads both. */
export function addOptions(draft: Draft): void {
  const { chance, has, options } = draft;
  options.set('stonith-enabled', has('no-fencing') ? 'false' : 'true');
  // Without it the peer's default is an old one.
  options.set('concurrent-fencing', chance.percent(80) ? 'true' : 'false');
  for (const [feature, name, value] of SIMPLE) {
    if (has(feature)) options.set(name, value);
  }
  if (has('no-quorum')) {
    draft.isQuorate = false;
    options.set('no-quorum-policy', chance.one(['stop', 'freeze', 'ignore', 'demote', 'suicide']));
  }
  if (has('health')) {
    const strategies = ['migrate-on-red', 'only-green', 'progressive', 'custom', 'none'];
    options.set('node-health-strategy', chance.one(strategies));
    if (chance.percent(30)) options.set('node-health-base', '20');
  }
  if (has('utilization')) {
    options.set(
      'placement-strategy',
      chance.one(['utilization', 'balanced', 'minimal', 'default']),
    );
  }
  if (has('shutdown-lock') && chance.percent(40)) options.set('shutdown-lock-limit', '10min');
  if (has('removed-stay')) {
    options.set(chance.one(['stop-orphan-resources', 'stop-orphan-actions']), 'false');
  }
  addDefaults(draft);
}

const SIMPLE: readonly (readonly [Feature, string, string])[] = [
  ['asymmetric', 'symmetric-cluster', 'false'],
  ['stop-all', 'stop-all-resources', 'true'],
  ['maintenance-mode', 'maintenance-mode', 'true'],
  ['no-startup-probes', 'enable-startup-probes', 'false'],
  ['no-startup-fencing', 'startup-fencing', 'false'],
  ['fence-off', 'stonith-action', 'off'],
  ['shutdown-lock', 'shutdown-lock', 'true'],
  ['start-failure-not-fatal', 'start-failure-is-fatal', 'false'],
  ['priority-fencing-delay', 'priority-fencing-delay', '15s'],
];

function addDefaults(draft: Draft): void {
  const { chance, has } = draft;
  if (has('stickiness') && chance.percent(60)) {
    draft.resourceDefaults.push(block('meta_attributes', 'rd', { 'resource-stickiness': '100' }));
  }
  if (has('operation-defaults')) {
    draft.operationDefaults.push(
      block(
        'meta_attributes',
        'od',
        chance.one<Record<string, string>>([
          { timeout: '45s' },
          { 'on-fail': 'block' },
          { timeout: '90s' },
        ]),
      ),
    );
  }
  if (has('rule-in-meta')) {
    const rule = element('rule', { id: 'rd-rule', score: 'INFINITY' }, [
      // Without a provider the peer never matches resources that have one.
      element('rsc_expression', {
        id: 'rd-rule-e',
        class: 'ocf',
        ...chance.one([
          { provider: 'pacemaker', type: 'Dummy' },
          { provider: 'pacemaker', type: 'Stateful' },
          { provider: 'heartbeat', type: 'IPaddr2' },
        ]),
      }),
    ]);
    const values = chance.one<Record<string, string>>([
      { 'resource-stickiness': '50' },
      { priority: '5' },
      { 'migration-threshold': '1' },
    ]);
    draft.resourceDefaults.push(block('meta_attributes', 'rd-ruled', values, [rule]));
  }
}

/** A set of name and value pairs; ids are made from its own. */
export function block(
  name: string,
  id: string,
  values: Readonly<Record<string, string>>,
  rules: readonly XmlElement[] = [],
): XmlElement {
  const pairs = Object.entries(values).map(([key, value]) =>
    element('nvpair', { id: `${id}-${key.replaceAll(/[^\w.-]/g, '_')}`, name: key, value }),
  );
  return element(name, { id }, [...rules, ...pairs]);
}

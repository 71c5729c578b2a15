/** What resources are told: meta attributes, what to do on failure, needs, rules. */
import { element } from '../xml.ts';
import type { Draft, PrimitiveDraft, ResourceDraft } from './draft.ts';
import { leavesOf, operation } from './draft.ts';
import { block } from './options.ts';

export function addSettings(draft: Draft, resource: ResourceDraft): void {
  const { chance, has } = draft;
  const set = (name: string, value: string, percent: number): void => {
    if (chance.percent(percent)) resource.meta.set(name, value);
  };
  if (has('stickiness')) set('resource-stickiness', chance.one(['1', '100', 'INFINITY', '0']), 40);
  if (has('priority')) set('priority', chance.one(['1', '5', '10', '-1']), 50);
  if (has('target-role')) addTargetRole(draft, resource);
  if (has('unmanaged')) set('is-managed', 'false', 30);
  if (has('resource-maintenance')) set('maintenance', 'true', 35);
  if (has('threshold')) set('migration-threshold', chance.one(['1', '2', '3']), 60);
  if (has('failure-timeout')) set('failure-timeout', chance.one(['30s', '10min']), 70);
  if (has('multiple-active')) {
    set('multiple-active', chance.one(['stop_only', 'block', 'stop_start', 'stop_unexpected']), 60);
  }
  if (has('critical')) set('critical', 'false', 30);
  for (const leaf of leavesOf(resource)) addLeafSettings(draft, leaf, resource);
}

function addTargetRole({ chance }: Draft, resource: ResourceDraft): void {
  if (!chance.percent(40)) return;
  const isPromotable = resource.kind === 'clone' && resource.isPromotable;
  const roles = isPromotable
    ? ['Stopped', 'Unpromoted', 'Promoted', 'Started']
    : ['Stopped', 'Started'];
  resource.meta.set('target-role', chance.one(roles));
}

function addLeafSettings(draft: Draft, leaf: PrimitiveDraft, top: ResourceDraft): void {
  const { chance, has } = draft;
  const isAlone = top === leaf;
  const isFencing = leaf.agent.class === 'stonith';
  if (has('critical') && top.kind === 'group' && chance.percent(40))
    leaf.meta.set('critical', 'false');
  if (has('unmanaged') && !isAlone && chance.percent(10)) leaf.meta.set('is-managed', 'false');
  if (has('target-role') && top.kind === 'group' && chance.percent(12)) {
    leaf.meta.set('target-role', 'Stopped');
  }
  if (has('migrate') && isAlone && !isFencing && chance.percent(70)) {
    leaf.meta.set('allow-migrate', 'true');
  }
  if (has('requires') && !isFencing && chance.percent(50)) {
    leaf.meta.set('requires', chance.one(['nothing', 'quorum', 'fencing']));
  }
  if (has('utilization') && top.kind !== 'bundle' && !isFencing && chance.percent(70)) {
    leaf.utilization.set('cpu', String(chance.whole(0, 5)));
    if (chance.percent(40)) leaf.utilization.set('memory', String(chance.whole(0, 4) * 512));
  }
  addOperationSettings(draft, leaf, top);
  if (has('rule-in-parameters') && leaf.agent.type === 'Dummy') addRuledParameters(draft, leaf);
}

function addOperationSettings(draft: Draft, leaf: PrimitiveDraft, top: ResourceDraft): void {
  const { chance, has } = draft;
  const isPromotable = leaf.agent.type === 'Stateful';
  if (has('on-fail') && chance.percent(60)) addOnFail(draft, leaf);
  if (
    has('monitor-stopped') &&
    top.kind !== 'clone' &&
    top.kind !== 'bundle' &&
    chance.percent(50)
  ) {
    leaf.operations.push(operation('monitor', 20_000, { role: 'Stopped' }));
  }
  if (has('operation-disabled') && chance.percent(50)) {
    for (const { name, attributes } of leaf.operations) {
      if (name === 'monitor') attributes['enabled'] = 'false';
    }
  }
  if (!isPromotable && chance.percent(8)) leaf.operations.push(operation('monitor', 33_000));
}

function addOnFail({ chance }: Draft, leaf: PrimitiveDraft): void {
  const name = chance.one(['monitor', 'monitor', 'start', 'stop', 'promote', 'demote']);
  const found = leaf.operations.filter((entry) => entry.name === name);
  if (found.length === 0 && name !== 'monitor') {
    found.push(operation(name, 0));
    leaf.operations.push(...found);
  }
  const choices = ['ignore', 'block', 'stop', 'restart', 'fence', 'standby', 'demote'] as const;
  for (const { attributes } of found) {
    let choice = chance.one(choices);
    // The manual allows demote for a promoted monitor, demote and promote only.
    if (choice === 'demote' && attributes['role'] !== 'Promoted' && name !== 'promote')
      choice = 'block';
    if (name === 'stop' && !['ignore', 'block', 'fence'].includes(choice)) choice = 'block';
    attributes['on-fail'] = choice;
  }
}

function addRuledParameters({ chance }: Draft, leaf: PrimitiveDraft): void {
  const id = `${leaf.id}-ruled`;
  const expression = element('expression', {
    id: `${id}-rule-e`,
    attribute: chance.one(['site', '#uname']),
    operation: 'eq',
    value: chance.one(['north', 'n1', 'n2']),
  });
  const rule = element('rule', { id: `${id}-rule`, score: '10' }, [expression]);
  leaf.blocks.push(block('instance_attributes', id, { state: `/run/${leaf.id}.state` }, [rule]));
}

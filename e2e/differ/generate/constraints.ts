/** Locations, colocations, orders and tickets between what there is. */
import { element } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import type { Draft, ResourceDraft } from './draft.ts';
import { NOW_S, constrainable, isPromotable } from './draft.ts';
import { addLocations } from './locations.ts';

export function addConstraints(draft: Draft): void {
  const { has } = draft;
  addLocations(draft);
  const dependence = rank(draft);
  addColocations(draft, dependence);
  if (has('colocation-set')) addColocationSet(draft, dependence);
  const sequence = connectionsFirst(rank(draft));
  addOrders(draft, sequence);
  if (has('order-set')) addOrderSet(draft, sequence);
  if (has('ticket')) addTickets(draft);
  if (has('tag')) addTag(draft);
}

/**
 * What can be related, in a random order; of some groups a member stands for the group. Who comes
 * later depends on who comes earlier in all constraints of a sort, so that there are no cycles.
 */
const rank = (draft: Draft): readonly ResourceDraft[] =>
  draft.chance.shuffled(constrainable(draft).map((entry) => inside(draft, entry)));

/**
 * What runs on a remote node or guest follows its connection or machine: that this should follow it
 * in turn would be a cycle.
 */
function connectionsFirst(ranked: readonly ResourceDraft[]): readonly ResourceDraft[] {
  const isConnection = (entry: ResourceDraft): boolean =>
    entry.kind === 'primitive' && (entry.agent.type === 'remote' || entry.meta.has('remote-node'));
  return [...ranked.filter(isConnection), ...ranked.filter((entry) => !isConnection(entry))];
}

function* pairs(
  { chance }: Draft,
  list: readonly ResourceDraft[],
  count: number,
): Generator<readonly [ResourceDraft, ResourceDraft]> {
  const used = new Set<string>();
  for (let made = 0; made < count && list.length > 1; made += 1) {
    const at = chance.whole(0, list.length - 2);
    const [first, then] = [list[at], list[chance.whole(at + 1, list.length - 1)]];
    if (first === undefined || then === undefined || used.has(`${first.id} ${then.id}`)) continue;
    used.add(`${first.id} ${then.id}`);
    yield [first, then];
  }
}

function inside({ chance }: Draft, resource: ResourceDraft): ResourceDraft {
  return resource.kind === 'group' && chance.percent(12) ? chance.one(resource.members) : resource;
}

const SCORES = ['INFINITY', 'INFINITY', 'INFINITY', '100', '1000', '10'] as const;

function addColocations(draft: Draft, ranked: readonly ResourceDraft[]): void {
  const { chance, has, constraints } = draft;
  const wanted = (
    ['colocation', 'anti-colocation', 'colocation-role', 'colocation-attribute'] as const
  ).filter(has);
  if (wanted.length === 0) return;
  let number = 0;
  for (const [primary, dependent] of pairs(draft, ranked, chance.whole(1, 3))) {
    const kind = chance.one(wanted);
    const isAnti = kind === 'anti-colocation' || (has('anti-colocation') && chance.percent(20));
    number += 1;
    const attributes: Record<string, string> = {
      id: `col${number}`,
      rsc: dependent.id,
      'with-rsc': primary.id,
      score: isAnti ? chance.one(['-INFINITY', '-100', '-5000']) : chance.one(SCORES),
    };
    if (has('colocation-role')) {
      if (isPromotable(primary))
        attributes['with-rsc-role'] = chance.one(['Promoted', 'Promoted', 'Unpromoted', 'Started']);
      if (isPromotable(dependent) && chance.percent(60))
        attributes['rsc-role'] = chance.one(['Promoted', 'Promoted', 'Unpromoted', 'Started']);
    }
    if (kind === 'colocation-attribute') attributes['node-attribute'] = 'site';
    if (has('influence') && chance.percent(60))
      attributes['influence'] = chance.one(['true', 'false']);
    constraints.push(element('rsc_colocation', attributes));
  }
}

function addOrders(draft: Draft, ranked: readonly ResourceDraft[]): void {
  const { chance, has, constraints } = draft;
  if (!has('order') && !has('order-action')) return;
  let number = 0;
  for (const [first, then] of pairs(draft, ranked, chance.whole(1, 3))) {
    number += 1;
    const attributes: Record<string, string> = {
      id: `ord${number}`,
      first: first.id,
      // oxlint-disable-next-line unicorn/no-thenable -- the CIB calls it so
      then: then.id,
    };
    if (has('order-kind')) attributes['kind'] = chance.one(['Optional', 'Serialize', 'Mandatory']);
    if (has('order-asymmetric') && attributes['kind'] !== 'Serialize' && chance.percent(70)) {
      attributes['symmetrical'] = 'false';
    }
    if (has('order-action')) addActions(draft, attributes, [first, then]);
    constraints.push(element('rsc_order', attributes));
  }
}

function addActions(
  { chance }: Draft,
  attributes: Record<string, string>,
  [first, then]: readonly [ResourceDraft, ResourceDraft],
): void {
  if (isPromotable(first) && chance.percent(80)) {
    attributes['first-action'] = chance.one(['promote', 'promote', 'start', 'demote']);
    if (attributes['first-action'] === 'demote') attributes['then-action'] = 'stop';
    else attributes['then-action'] = 'start';
  }
  if (isPromotable(then) && attributes['first-action'] !== 'demote' && chance.percent(60)) {
    attributes['then-action'] = chance.one(['promote', 'start']);
  }
  if (!isPromotable(first) && !isPromotable(then) && chance.percent(15)) {
    attributes['first-action'] = 'stop';
    attributes['then-action'] = chance.one(['start', 'stop']);
  }
}

const references = (set: readonly ResourceDraft[]): readonly XmlElement[] =>
  set.map(({ id }) => element('resource_ref', { id }));

/** Inside a set the later member depends on the earlier, between sets the earlier set on the later. */
function addColocationSet(draft: Draft, ranked: readonly ResourceDraft[]): void {
  const { chance, constraints } = draft;
  const sets = chooseSets(draft, chance.some(ranked, chance.whole(2, 4))).toReversed();
  if (sets.flat().length < 2) return;
  const attributes = (set: readonly ResourceDraft[], at: number): Record<string, string> => ({
    id: `colset-${at}`,
    ...(chance.percent(40) && { sequential: 'false' }),
    ...(hasRole(draft, set) && { role: chance.one(['Promoted', 'Promoted', 'Started']) }),
  });
  constraints.push(
    element(
      'rsc_colocation',
      { id: 'colset', score: chance.one(['INFINITY', 'INFINITY', '100']) },
      sets.map((set, at) => element('resource_set', attributes(set, at), references(set))),
    ),
  );
}

function addOrderSet(draft: Draft, ranked: readonly ResourceDraft[]): void {
  const { chance, has, constraints } = draft;
  const sets = chooseSets(draft, chance.some(ranked, chance.whole(2, 5)));
  if (sets.flat().length < 2) return;
  const isAny = has('order-any') && sets.length > 1;
  const attributes = (set: readonly ResourceDraft[], at: number): Record<string, string> => ({
    id: `ordset-${at}`,
    ...(isAny && at === 0 && { 'require-all': 'false', sequential: 'false' }),
    ...(!(isAny && at === 0) && chance.percent(40) && { sequential: 'false' }),
    ...(hasRole(draft, set) && { action: chance.one(['promote', 'promote', 'start']) }),
  });
  constraints.push(
    element(
      'rsc_order',
      { id: 'ordset', ...(chance.percent(30) && { kind: chance.one(['Optional', 'Serialize']) }) },
      sets.map((set, at) => element('resource_set', attributes(set, at), references(set))),
    ),
  );
}

/** One set or two; where sets have roles, what can be promoted is a set of its own. */
function chooseSets(
  { chance, has }: Draft,
  chosen: readonly ResourceDraft[],
): readonly (readonly ResourceDraft[])[] {
  const promotable = has('set-role') ? chosen.findIndex(isPromotable) : -1;
  const cut = chance.whole(1, Math.max(1, chosen.length));
  const cuts = promotable >= 0 ? [promotable, promotable + 1] : [cut];
  return [0, ...cuts]
    .map((from, at) => chosen.slice(from, [...cuts, chosen.length][at]))
    .filter((set) => set.length > 0);
}

const hasRole = ({ has }: Draft, set: readonly ResourceDraft[]): boolean =>
  has('set-role') && set.every(isPromotable);

function addTickets(draft: Draft): void {
  const { chance, constraints, tickets } = draft;
  const list = constrainable(draft);
  for (const [at, resource] of chance.some(list, chance.whole(1, 2)).entries()) {
    const attributes: Record<string, string> = { id: `tick${at}`, rsc: resource.id, ticket: 'T1' };
    if (chance.percent(70))
      attributes['loss-policy'] = chance.one(['stop', 'demote', 'fence', 'freeze']);
    if (isPromotable(resource) && chance.percent(60)) attributes['rsc-role'] = 'Promoted';
    constraints.push(element('rsc_ticket', attributes));
  }
  if (chance.percent(20)) return;
  tickets.push(
    element('ticket_state', {
      id: 'T1',
      granted: chance.one(['true', 'false']),
      'last-granted': String(NOW_S - 4000),
      ...(chance.percent(25) && { standby: 'true' }),
    }),
  );
}

function addTag(draft: Draft): void {
  const { chance, tags, constraints, nodes } = draft;
  const list = constrainable(draft).filter(({ kind }) => kind === 'primitive');
  const members = chance.some(list, 2);
  if (members.length === 0) return;
  tags.push(
    element(
      'tag',
      { id: 'tag1' },
      members.map(({ id }) => element('obj_ref', { id })),
    ),
  );
  const node = chance.one(nodes).name;
  constraints.push(element('rsc_location', { id: 'loctag', rsc: 'tag1', node, score: '200' }));
}

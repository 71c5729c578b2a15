/** Location constraints: by node, by rule, by role, by pattern, for sets, and for probes. */
import { element } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import type { Draft, NodeDraft } from './draft.ts';
import { constrainable, isPromotable } from './draft.ts';

export function addLocations(draft: Draft): void {
  const { chance, has } = draft;
  const count = chance.whole(1, 3);
  if (has('location'))
    for (let number = 1; number <= count; number += 1) addLocation(draft, `loc${number}`);
  if (has('asymmetric')) addOptIns(draft);
  if (has('location-rule')) addRule(draft, 'locrule', undefined);
  if (has('location-role')) addRoleLocation(draft);
  if (has('location-pattern')) {
    const attributes = {
      id: 'locpattern',
      'rsc-pattern': chance.one(['^p', '^(p|c)', 'p[12]$', '^g.a']),
    };
    draft.constraints.push(element('rsc_location', { ...attributes, ...target(draft) }));
  }
  if (has('location-set')) addSet(draft);
  if (has('discovery')) addDiscovery(draft);
}

/** Nodes that anything may be told to run on; those inside bundles are for their own resource. */
const nodesToName = ({ nodes }: Draft): readonly NodeDraft[] =>
  nodes.filter(({ kind }) => kind !== 'bundle');

const SCORES = ['INFINITY', '-INFINITY', '100', '50', '-100', '10', '5000'] as const;

const target = (draft: Draft): { readonly node: string; readonly score: string } => ({
  node: draft.chance.one(nodesToName(draft)).name,
  score: draft.chance.one(SCORES),
});

function addLocation(draft: Draft, id: string): void {
  const rsc = draft.chance.one(draft.resources).id;
  draft.constraints.push(element('rsc_location', { id, rsc, ...target(draft) }));
}

function addOptIns(draft: Draft): void {
  const { chance, constraints, resources } = draft;
  for (const { id } of resources) {
    for (const { name } of chance.some(nodesToName(draft), chance.whole(0, 3))) {
      constraints.push(
        element('rsc_location', {
          id: `in-${id}-${name}`,
          rsc: id,
          node: name,
          score: chance.one(['0', '10', 'INFINITY']),
        }),
      );
    }
  }
}

function addRule(draft: Draft, id: string, role: string | undefined, resource?: string): void {
  const { chance, constraints, resources } = draft;
  const expressions = [expression(draft, `${id}-e1`)];
  if (chance.percent(40)) expressions.push(expression(draft, `${id}-e2`));
  const score: Record<string, string> = chance.percent(10)
    ? { 'score-attribute': 'pingd' }
    : { score: chance.one(SCORES) };
  const rule = element(
    'rule',
    {
      id: `${id}-rule`,
      ...score,
      ...(role !== undefined && { role }),
      ...(expressions.length > 1 && { 'boolean-op': chance.one(['and', 'or']) }),
    },
    expressions,
  );
  const rsc = resource ?? chance.one(resources).id;
  constraints.push(element('rsc_location', { id, rsc }, [rule]));
}

function expression({ chance, nodes }: Draft, id: string): XmlElement {
  const make = (attributes: Record<string, string>): XmlElement =>
    element('expression', { id, ...attributes });
  switch (chance.whole(0, 5)) {
    case 0:
      return make({
        attribute: '#uname',
        operation: chance.one(['eq', 'ne']),
        value: chance.one(nodes).name,
      });
    case 1:
      return make({ attribute: 'site', operation: chance.one(['eq', 'ne']), value: 'north' });
    case 2:
      return make({ attribute: 'pingd', operation: chance.one(['not_defined', 'defined']) });
    case 3:
      return make({
        attribute: 'pingd',
        operation: chance.one(['lt', 'lte', 'gt', 'gte']),
        value: '100',
        type: chance.one(['number', 'integer']),
      });
    case 4:
      return element('date_expression', { id, ...dates(chance.percent(50), chance.percent(50)) });
    default:
      return element('date_expression', { id, operation: 'date_spec' }, [
        element('date_spec', {
          id: `${id}-spec`,
          ...chance.one<Record<string, string>>([
            { hours: '9-17' },
            { weekdays: '6-7' },
            { months: '7' },
          ]),
        }),
      ]);
  }
}

const dates = (isAfter: boolean, isPast: boolean): Record<string, string> => {
  const date = isPast ? '2026-01-01' : '2027-01-01';
  return isAfter ? { operation: 'gt', start: date } : { operation: 'lt', end: date };
};

function addRoleLocation(draft: Draft): void {
  const { chance } = draft;
  const [resource] = constrainable(draft).filter(isPromotable);
  if (resource === undefined) return;
  addRule(
    draft,
    'locrole',
    chance.one(['Promoted', 'Promoted', 'Unpromoted', 'Started']),
    resource.id,
  );
}

function addSet(draft: Draft): void {
  const { chance, constraints } = draft;
  const ids = chance.some(constrainable(draft), chance.whole(1, 3)).map(({ id }) => id);
  const set = element(
    'resource_set',
    { id: 'locset-0' },
    ids.map((id) => element('resource_ref', { id })),
  );
  constraints.push(element('rsc_location', { id: 'locset', ...target(draft) }, [set]));
}

function addDiscovery(draft: Draft): void {
  const { chance, constraints, resources } = draft;
  const rsc = chance.one(resources).id;
  const kind = chance.one(['never', 'exclusive', 'always']);
  const count = kind === 'exclusive' ? 2 : 1;
  for (const { name } of chance.some(nodesToName(draft), count)) {
    const score = kind === 'never' ? '-INFINITY' : chance.one(['0', '100']);
    constraints.push(
      element('rsc_location', {
        id: `disc-${name}`,
        rsc,
        node: name,
        score,
        'resource-discovery': kind,
      }),
    );
  }
}

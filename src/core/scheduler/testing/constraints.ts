/** Constraints in the notation of pictures (notation.ts). */
import type { Constraint, OrderKind } from '../../model/configuration.ts';
import { nodeName, resourceId } from '../../model/ids.ts';
import { readScore } from '../values/text.ts';

interface ConstraintDraft {
  readonly constraints: Constraint[];
  /** Whether they are granted. */
  readonly tickets: Map<string, boolean>;
}

/** One line of the notation; throws when it is none. */
export function readConstraint(
  draft: ConstraintDraft,
  words: readonly string[],
  line: string,
): void {
  const [verb = '', a = '', b = '', c = '', d = '', e = ''] = words;
  const id = `${verb}-${draft.constraints.length}`;
  switch (verb) {
    case 'prefer':
      draft.constraints.push({
        kind: 'location',
        id,
        target: { kind: 'resource', resource: resourceId(a) },
        node: nodeName(b),
        score: readScore(c),
        rules: [],
        discovery: 'always',
      });
      return;
    case 'colocate':
      draft.constraints.push({
        kind: 'colocation',
        id,
        dependent: resourceId(a),
        primary: resourceId(c),
        score: readScore(d),
        ...(e === 'Promoted' && { primaryRole: e }),
      });
      return;
    case 'order': {
      const kind = d === 'Optional' || d === 'Serialize' ? d : 'Mandatory';
      if (a === 'sets') draft.constraints.push(makeOrderOfSets(id, words.slice(2)));
      else if (c === 'promoted') draft.constraints.push(makeOrderOfPromotion(id, a, d));
      else if (a === 'promoted') draft.constraints.push(makeOrderAfter(id, 'promote', b, d));
      else if (a === 'stopped') draft.constraints.push(makeOrderAfterStop(id, b, words.slice(4)));
      else draft.constraints.push(makeOrder(id, a, c, kind));
      return;
    }
    case 'ticket':
      draft.tickets.set(a, b === 'granted');
      draft.constraints.push({
        kind: 'ticket',
        id,
        ticket: a,
        resource: resourceId(c),
        lossPolicy: d === 'fence' || d === 'freeze' || d === 'demote' ? d : 'stop',
        sets: [],
        ...(e === 'Promoted' && { role: e }),
      });
      return;
    default:
      throw new Error(`what is this line? ${line}`);
  }
}

function makeOrderOfSets(id: string, words: readonly string[]): Constraint {
  const sets = words.join(' ').split(' then ');
  return {
    kind: 'order-sets',
    id,
    orderKind: 'Mandatory',
    sets: sets.map((members, index) => ({
      id: `${id}-${index}`,
      resources: members.split(' ').map(resourceId),
      sequential: true,
      requireAll: true,
    })),
  };
}

function makeOrderAfter(
  id: string,
  firstAction: 'promote' | 'stop',
  first: string,
  second: string,
): Constraint {
  const order = makeOrder(id, first, second, 'Mandatory');
  return order.kind === 'order' ? { ...order, firstAction, thenAction: 'start' } : order;
}

function makeOrderAfterStop(id: string, first: string, then: readonly string[]): Constraint {
  const order = makeOrderAfter(id, 'stop', first, then.at(-1) ?? '');
  return order.kind === 'order' && then[0] === 'stopped' ? { ...order, thenAction: 'stop' } : order;
}

function makeOrderOfPromotion(id: string, first: string, second: string): Constraint {
  const order = makeOrder(id, first, second, 'Mandatory');
  return order.kind === 'order' ? { ...order, thenAction: 'promote' } : order;
}

function makeOrder(id: string, first: string, second: string, orderKind: OrderKind): Constraint {
  return {
    kind: 'order',
    id,
    first: resourceId(first),
    // oxlint-disable-next-line unicorn/no-thenable -- a string, and the model's own word
    then: resourceId(second),
    firstAction: 'start',
    orderKind,
    requireAll: true,
  };
}

/** A constraint as one line for people. */
import type {
  Colocation,
  Constraint,
  Location,
  Order,
  ResourceSet,
  TicketConstraint,
} from '../model/configuration.ts';
import { scoreText } from '../model/score.ts';
import { ruleText } from './rule-text.ts';

export function constraintText(constraint: Constraint): string {
  const { lifetime } = constraint;
  const text = kindText(constraint);
  return lifetime === undefined ? text : `${text}, while ${ruleText(lifetime)}`;
}

function kindText(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'location':
      return locationText(constraint);
    case 'colocation':
      return colocationText(constraint);
    case 'colocation-sets':
      return `${setsText(constraint.sets)} together, score ${scoreText(constraint.score)}`;
    case 'order':
      return orderText(constraint);
    case 'order-sets':
      return `${setsText(constraint.sets)} in this order, ${constraint.orderKind}`;
    case 'ticket':
      return ticketText(constraint);
  }
}

function locationText(constraint: Location): string {
  const { node, score, rules, discovery } = constraint;
  const words = [locationTargetText(constraint.target)];
  if (constraint.role !== undefined) words.push(`as ${constraint.role}`);
  if (node !== undefined) words.push(`on ${node}: ${scoreText(score ?? 0)}`);
  for (const rule of rules) {
    const own = rule.scoreAttribute ?? scoreText(rule.score ?? 0);
    const role = rule.role === undefined ? '' : ` as ${rule.role}`;
    words.push(`where ${ruleText(rule)}${role}: ${own}`);
  }
  if (discovery !== 'always') words.push(`(resource-discovery ${discovery})`);
  return words.join(' ');
}

function locationTargetText(target: Location['target']): string {
  switch (target.kind) {
    case 'resource':
      return target.resource;
    case 'pattern':
      return `resources ${target.negated ? 'not ' : ''}like ${target.pattern}`;
    case 'sets':
      return setsText(target.sets);
  }
}

function colocationText(constraint: Colocation): string {
  const { dependent, primary, score, nodeAttribute, influence } = constraint;
  const words = [
    `${roleText(dependent, constraint.dependentRole, constraint.dependentInstance)} with`,
    `${roleText(primary, constraint.primaryRole, constraint.primaryInstance)}:`,
    scoreText(score),
  ];
  if (nodeAttribute !== undefined) words.push(`by ${nodeAttribute}`);
  if (influence !== undefined) words.push(`influence ${String(influence)}`);
  return words.join(' ');
}

function roleText(id: string, role: string | undefined, instance: number | undefined): string {
  const own = instance === undefined ? id : `${id}:${instance}`;
  return role === undefined ? own : `${own} as ${role}`;
}

function orderText(constraint: Order): string {
  const { first, then: second, firstAction, orderKind, symmetrical, requireAll } = constraint;
  const words = [
    `${firstAction} ${roleText(first, undefined, constraint.firstInstance)}, then`,
    `${constraint.thenAction ?? firstAction} ${roleText(second, undefined, constraint.thenInstance)}:`,
    orderKind,
  ];
  if (symmetrical !== undefined) words.push(`symmetrical ${String(symmetrical)}`);
  if (!requireAll) words.push('require-all false');
  return words.join(' ');
}

function ticketText(constraint: TicketConstraint): string {
  const { ticket, resource, role, lossPolicy, sets } = constraint;
  const who = resource === undefined ? setsText(sets) : roleText(resource, role, undefined);
  const loss = lossPolicy === undefined ? '' : `, ${lossPolicy} without it`;
  return `${who} needs the ticket ${ticket}${loss}`;
}

function setsText(sets: readonly ResourceSet[]): string {
  return sets.map(setText).join(' ');
}

function setText(set: ResourceSet): string {
  const { resources, action, role, sequential, requireAll, ordering, score, orderKind } = set;
  const words = [...resources];
  const notes: string[] = [];
  if (action !== undefined) notes.push(action);
  if (role !== undefined) notes.push(role);
  if (!sequential) notes.push('in any order');
  if (!requireAll) notes.push('any of them');
  if (ordering !== undefined) notes.push(ordering);
  if (score !== undefined) notes.push(scoreText(score));
  if (orderKind !== undefined) notes.push(orderKind);
  return `[${words.join(' ')}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}]`;
}

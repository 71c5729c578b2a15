/**
 * Gives blocks, operations, rules and sets the ids that cluster.yaml makes by itself, so that it
 * need not say them. They mean nothing to the cluster; ids of resources and constraints are kept.
 */
import type {
  Configuration,
  Constraint,
  OperationConfiguration,
  Primitive,
  Resource,
  ResourceSet,
  Template,
} from '../core/model/configuration.ts';
import type { AttributeBlock, Expression, Rule } from '../core/model/rule.ts';
import {
  blockId,
  operationId,
  OPERATION_DEFAULTS_ID,
  OPTIONS_ID,
  ownedBlockBase,
  RESOURCE_DEFAULTS_ID,
  ruleId,
  setId,
} from '../schema/ids.ts';

export function withStandardIds(configuration: Configuration): Configuration {
  return {
    ...configuration,
    options: blocks(configuration.options, OPTIONS_ID),
    nodes: configuration.nodes.map((node) => ({
      ...node,
      attributes: blocks(node.attributes, ownedBlockBase(node.name, 'instance_attributes')),
      utilization: blocks(node.utilization, ownedBlockBase(node.name, 'utilization')),
    })),
    resources: configuration.resources.map(resource),
    templates: configuration.templates.map(parts),
    constraints: configuration.constraints.map(constraint),
    resourceDefaults: blocks(configuration.resourceDefaults, RESOURCE_DEFAULTS_ID),
    operationDefaults: blocks(configuration.operationDefaults, OPERATION_DEFAULTS_ID),
  };
}

function blocks(list: readonly AttributeBlock[], base: string): readonly AttributeBlock[] {
  return list.map((block, index) => {
    const id = blockId(base, index);
    const { rule: own, ...rest } = block;
    return { ...rest, id, ...(own && { rule: rule(own, ruleId(id, 0)) }) };
  });
}

/** Recursive, as deep as rules are nested. */
function rule(own: Rule, id: string): Rule {
  const expressions = own.expressions.map((expression, index): Expression => {
    if (expression.kind !== 'rule') return expression;
    return { kind: 'rule', rule: rule(expression.rule, ruleId(id, index)) };
  });
  return { ...own, id, expressions };
}

function resource(own: Resource): Resource {
  const meta = blocks(own.meta, ownedBlockBase(own.id, 'meta_attributes'));
  switch (own.kind) {
    case 'primitive':
      return parts(own);
    case 'group':
      return { ...own, meta, parameters: parameters(own), members: own.members.map(parts) };
    case 'clone': {
      const child = own.child.kind === 'primitive' ? parts(own.child) : resource(own.child);
      return { ...own, meta, parameters: parameters(own), child: child as typeof own.child };
    }
    case 'bundle':
      return { ...own, meta, ...(own.child && { child: parts(own.child) }) };
  }
}

function parameters(own: {
  readonly id: string;
  readonly parameters: readonly AttributeBlock[];
}): readonly AttributeBlock[] {
  return blocks(own.parameters, ownedBlockBase(own.id, 'instance_attributes'));
}

function parts<T extends Primitive | Template>(own: T): T {
  return {
    ...own,
    parameters: parameters(own),
    meta: blocks(own.meta, ownedBlockBase(own.id, 'meta_attributes')),
    utilization: blocks(own.utilization, ownedBlockBase(own.id, 'utilization')),
    operations: own.operations.map((operation) => withOperationId(own.id, operation)),
  };
}

function withOperationId(owner: string, operation: OperationConfiguration): OperationConfiguration {
  const id = operationId(owner, operation);
  return {
    ...operation,
    id,
    meta: blocks(operation.meta, ownedBlockBase(id, 'meta_attributes')),
    parameters: blocks(operation.parameters, ownedBlockBase(id, 'instance_attributes')),
  };
}

function constraint(own: Constraint): Constraint {
  const lifetime = own.lifetime && {
    lifetime: rule(own.lifetime, ruleId(`${own.id}-lifetime`, 0)),
  };
  switch (own.kind) {
    case 'location': {
      const { target } = own;
      const rules = own.rules.map((it, index) => rule(it, ruleId(own.id, index)));
      if (target.kind !== 'sets') return { ...own, rules, ...lifetime };
      return { ...own, rules, target: { ...target, sets: sets(target.sets, own.id) }, ...lifetime };
    }
    case 'colocation-sets':
    case 'order-sets':
    case 'ticket':
      return { ...own, sets: sets(own.sets, own.id), ...lifetime };
    case 'colocation':
    case 'order':
      return { ...own, ...lifetime };
  }
}

function sets(list: readonly ResourceSet[], owner: string): readonly ResourceSet[] {
  return list.map((set, index) => ({ ...set, id: setId(owner, index) }));
}

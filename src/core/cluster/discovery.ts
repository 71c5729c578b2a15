/** Whether somebody looks for a resource on a node (Pacemaker Explained, "Resource Discovery"). */
import type { Configuration, Location, Primitive, Resource } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import { clusterOption } from './options.ts';
import { matches } from './pattern.ts';

/**
 * False is the administrator's word that the resource cannot be there: nobody asks, so an answer is
 * not waited for. Where a rule decides, which only the scheduler can evaluate, its plan is believed.
 */
export function isLookedFor(
  configuration: Configuration,
  resource: string,
  node: NodeName,
): boolean {
  if (isFalse(clusterOption(configuration, 'enable-startup-probes'))) return false;
  if (isNodeLeftOut(configuration, node)) return false;
  const names = namesOf(configuration, resource);
  const limits = configuration.constraints.filter(
    (constraint): constraint is Location =>
      constraint.kind === 'location' &&
      constraint.discovery !== 'always' &&
      isAbout(constraint, names),
  );
  const named = (limit: Location): boolean => limit.node === undefined || limit.node === node;
  if (limits.some((limit) => limit.discovery === 'never' && named(limit))) return false;
  const exclusive = limits.filter((limit) => limit.discovery === 'exclusive');
  return exclusive.length === 0 || exclusive.some((limit) => limit.node === node);
}

const FALSE_WORDS: ReadonlySet<string> = new Set(['false', 'no', 'off', 'n', '0']);
const isFalse = (value: string | undefined): boolean =>
  value !== undefined && FALSE_WORDS.has(value.trim().toLowerCase());

/** The node attribute `resource-discovery-enabled`. */
function isNodeLeftOut(configuration: Configuration, node: NodeName): boolean {
  const blocks = configuration.nodes.find((each) => each.name === node)?.attributes ?? [];
  return blocks.some((block) => isFalse(block.values['resource-discovery-enabled']));
}

interface Names {
  /** The top-level resource it is in, or itself: what patterns are matched with. */
  readonly top: string;
  /** Its own id, that of everything around it, its template, and the tags of all of them. */
  readonly all: ReadonlySet<string>;
}

function namesOf(configuration: Configuration, resource: string): Names {
  const top = configuration.resources.find((each) => leafOf(each, resource) !== undefined);
  const leaf = top === undefined ? undefined : leafOf(top, resource);
  const all = new Set([resource, ...(top === undefined ? [] : [top.id])]);
  if (top?.kind === 'clone') all.add(top.child.id);
  if (leaf?.template !== undefined) all.add(leaf.template);
  for (const tag of configuration.tags) {
    if (tag.references.some((reference) => all.has(reference))) all.add(tag.id);
  }
  return { top: top?.id ?? resource, all };
}

function leafOf(resource: Resource, id: string): Primitive | undefined {
  if (resource.kind === 'primitive') return resource.id === id ? resource : undefined;
  if (resource.kind === 'group') return resource.members.find((member) => member.id === id);
  return resource.child === undefined ? undefined : leafOf(resource.child, id);
}

function isAbout(constraint: Location, names: Names): boolean {
  const { target } = constraint;
  switch (target.kind) {
    case 'resource':
      return names.all.has(target.resource);
    case 'sets':
      return target.sets.some((set) => set.resources.some((each) => names.all.has(each)));
    case 'pattern':
      return matches(target.pattern, names.top) !== target.negated;
  }
}

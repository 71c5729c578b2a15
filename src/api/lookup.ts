/** Names that clients give, found or refused with the nearest known one. */
import { nodeName, resourceId } from '../core/model/ids.ts';
import type { NodeName, ResourceId } from '../core/model/ids.ts';
import type { Resource } from '../core/model/configuration.ts';
import { read } from '../core/view/reading.ts';
import type { Known, Reading } from '../core/view/reading.ts';
import { suggestion } from '../core/view/suggest.ts';
import type { Backend } from './backend.ts';
import { Problem } from './problem.ts';

export function reading(backend: Backend): Reading {
  return read(backend.cluster(), backend.view(), backend.local());
}

export function findResource(backend: Backend, id: string | undefined): ResourceId {
  return resourceId(findKnown(backend, id).resource.id);
}

export function findKnown(backend: Backend, id: string | undefined): Known {
  const { resources } = reading(backend);
  const known = resources.get(id ?? '');
  if (known !== undefined) return known;
  throw new Problem(
    'not-found',
    `There is no resource "${id}"${suggestion(id ?? '', resources.keys())}`,
    {
      advice: 'holdfast status lists all resources',
    },
  );
}

/** Moves, starts and stops act on the whole: the group or clone that a member is in. */
export function outermost(known: Known): Resource {
  return known.parents[0] ?? known.resource;
}

export function nodeNames(backend: Backend): readonly string[] {
  const { nodes } = backend.cluster().configuration.model;
  const names = [...Object.keys(backend.cluster().nodes), ...nodes.map(({ name }) => name)];
  return [...new Set(names)].sort();
}

export function findNode(backend: Backend, name: string | undefined): NodeName {
  const names = nodeNames(backend);
  if (name !== undefined && names.includes(name)) return nodeName(name);
  // Host names have no case, and some agents write them small.
  const alike = names.filter((known) => known.toLowerCase() === name?.toLowerCase());
  const [only] = alike;
  if (only !== undefined && alike.length === 1) return nodeName(only);
  throw new Problem('not-found', `There is no node "${name}"${suggestion(name ?? '', names)}`, {
    advice: 'holdfast status lists all nodes',
  });
}

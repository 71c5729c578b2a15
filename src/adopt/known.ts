/** Whether what was found is a resource already, and whether the cluster manages that. */
import { parameterOf, valueOf } from '../core/config/values.ts';
import { eachPrimitive } from '../core/config/walk.ts';
import type { Configuration, Primitive } from '../core/model/configuration.ts';
import type { Found } from './found.ts';

type Named = Pick<Found, 'kind' | 'name' | 'parameters'>;

/** By what its probe would find it by, whatever agent it is: one machine has one resource. */
export function isKnown(model: Configuration, found: Named): boolean {
  for (const { primitive } of eachPrimitive(model)) {
    if (isOf(model, primitive, found)) return true;
  }
  return false;
}

function isOf(model: Configuration, primitive: Primitive, { kind, name, parameters }: Named) {
  const its = (key: string): string | undefined => parameterOf(model, primitive, key);
  if (kind === 'container') return CONTAINERS.has(typeOf(primitive)) && its('name') === name;
  const words = parameters['command_line'];
  if (words !== undefined) return its('command_line') === words;
  // A domain is known by the name in its file, and that is the file's name nearly always.
  const file = its('config');
  return file !== undefined && (file === parameters['config'] || baseName(file) === name);
}

/** Of the class `container` and of the agents of ClusterLabs' resource-agents. */
const CONTAINERS: ReadonlySet<string> = new Set(['container', 'podman', 'docker']);

const typeOf = ({ agent }: Primitive): string =>
  agent === undefined ? '' : agent.type === '' ? agent.class : agent.type;

const baseName = (file: string): string => file.replace(/^.*\//, '').replace(/\.xml$/, '');

/** Resources that were released, or are not there any more, are nobody's. */
export function isManaged(model: Configuration, resource: string): boolean {
  for (const { primitive } of eachPrimitive(model)) {
    if (primitive.id === resource) return valueOf(primitive.meta, 'is-managed') !== 'false';
  }
  return false;
}

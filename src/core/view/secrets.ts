/** Secrets of fence devices and resources by name: which node lacks one that it would need. */
import { SECRETS_ATTRIBUTE } from '../model/attributes.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

const REFERENCE = /^secret:(.+)$/;

/** Names that the configuration refers to → what refers to them. */
export function referencedSecrets(reading: Reading): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const note = (parameters: Readonly<Record<string, string>>, user: string): void => {
    for (const value of Object.values(parameters)) {
      const name = REFERENCE.exec(value)?.[1];
      if (name !== undefined && !names.has(name)) names.set(name, user);
    }
  };
  for (const { id, parameters } of reading.cluster.configuration.model.fenceDevices) {
    note(parameters, `fence device ${id}`);
  }
  for (const { resource } of reading.resources.values()) {
    if (resource.kind === 'bundle') continue;
    for (const { values } of resource.parameters) note(values, `resource ${resource.id}`);
  }
  return names;
}

/** Any node may have to fence, or to run the resource: each one that is online needs each secret. */
export function missingSecrets(reading: Reading): Note[] {
  const notes: Note[] = [];
  for (const [name, user] of referencedSecrets(reading)) {
    const lacking = reading.nodes.filter(
      (node) => node.condition === 'online' && lacks(node.attributes[SECRETS_ATTRIBUTE], name),
    );
    if (lacking.length === 0) continue;
    const nodes = listText(lacking.map((node) => node.name));
    notes.push({
      severity: 'error',
      text: `The secret "${name}" of ${user} is missing on ${nodes}.`,
      advice:
        lacking.length === 1
          ? `on ${nodes}: holdfast secret set ${name}`
          : `on each of ${nodes}: holdfast secret set ${name}`,
    });
  }
  return notes;
}

/** Absent: the daemon there has not said it yet. */
function lacks(attribute: string | undefined, name: string): boolean {
  return attribute !== undefined && !attribute.split(',').includes(name);
}

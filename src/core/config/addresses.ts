/** One address on two resources, or on several nodes: it would be up twice. */
import type { Configuration, Primitive, Resource } from '../model/configuration.ts';
import { parseBoolean } from '../model/value.ts';
import { listText } from './finding.ts';
import type { ConfigurationFinding } from './finding.ts';
import { metaOf, parameterOf, templateOf } from './values.ts';
import { eachPrimitive } from './walk.ts';
import type { PlacedPrimitive } from './walk.ts';

export function checkAddresses(configuration: Configuration): readonly ConfigurationFinding[] {
  const owners = new Map<string, string[]>();
  const findings: ConfigurationFinding[] = [];
  for (const placed of eachPrimitive(configuration)) {
    const address = addressOf(configuration, placed.primitive);
    if (address === undefined) continue;
    const known = owners.get(address);
    if (known) known.push(placed.primitive.id);
    else owners.set(address, [placed.primitive.id]);
    const copies = cloneWithCopies(configuration, placed);
    if (copies) findings.push(severalNodes(placed.primitive, copies, address));
  }
  for (const [address, ids] of owners) {
    if (ids.length > 1) findings.push(duplicateAddress(address, ids));
  }
  return findings;
}

/**
 * The address of an `ocf:heartbeat:IPaddr2` or `IPaddr`. None for those that only answer behind a
 * load balancer (`lvs_support`, `nic` lo): there the same address on several nodes is meant.
 */
function addressOf(configuration: Configuration, primitive: Primitive): string | undefined {
  const agent = primitive.agent ?? templateOf(configuration, primitive.template)?.agent;
  if (agent?.class !== 'ocf' || agent.provider !== 'heartbeat') return undefined;
  if (agent.type !== 'IPaddr2' && agent.type !== 'IPaddr') return undefined;
  const parameter = (name: string): string | undefined =>
    parameterOf(configuration, primitive, name);
  if (parameter('nic') === 'lo' || parseBoolean(parameter('lvs_support') ?? '') === true) {
    return undefined;
  }
  const address = parameter('ip')?.trim().toLowerCase();
  return address === '' ? undefined : address;
}

/** The clone around it that makes several copies which are not told apart. */
function cloneWithCopies(
  configuration: Configuration,
  { within }: PlacedPrimitive,
): Resource | undefined {
  const clone = within.find(({ kind }) => kind === 'clone');
  if (!clone) return undefined;
  const meta = (name: string): string | undefined => metaOf(configuration, clone, [], name);
  const perNode = Number(meta('clone-node-max') ?? 1);
  const unique = parseBoolean(meta('globally-unique') ?? '') ?? perNode > 1;
  return unique || meta('clone-max') === '1' ? undefined : clone;
}

function severalNodes(
  primitive: Primitive,
  clone: Resource,
  address: string,
): ConfigurationFinding {
  return {
    code: 'address-on-several-nodes',
    severity: 'error',
    subject: { kind: 'resource', id: primitive.id, field: ['parameters', 'ip'] },
    text: `the clone "${clone.id}" brings the address ${address} up on several nodes at once`,
    advice: 'write "globally-unique: true" into its meta attributes, or take it out of the clone',
  };
}

function duplicateAddress(address: string, ids: readonly string[]): ConfigurationFinding {
  return {
    code: 'duplicate-address',
    severity: 'error',
    subject: { kind: 'resource', id: ids.at(-1) ?? '', field: ['parameters', 'ip'] },
    text: `${listText(ids)} have the same address ${address}`,
    advice: 'an address belongs to one resource: remove the others, or give them their own',
  };
}

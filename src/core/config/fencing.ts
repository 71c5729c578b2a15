/** Whether the cluster can fence: devices, the nodes they reach, and who needs it. */
import type { Configuration, FenceDevice, Primitive } from '../model/configuration.ts';
import { reaches } from '../model/fence-device.ts';
import { SECRET_REFERENCE, isPlainSecret, secretNameFor } from '../model/secret-parameters.ts';
import { parseDurationMs } from '../model/value.ts';
import { listText } from './finding.ts';
import type { ConfigurationFinding } from './finding.ts';
import { isFencingEnabled, templateOf, valueOf } from './values.ts';
import { eachPrimitive } from './walk.ts';

/** A fence device in the way of a CIB: a resource of the class stonith. */
export function isFenceResource(configuration: Configuration, primitive: Primitive): boolean {
  const { agent, template } = primitive;
  if (agent !== undefined || template === undefined) return agent?.class === 'stonith';
  return templateOf(configuration, template)?.agent?.class === 'stonith';
}

export function checkFencing(configuration: Configuration): readonly ConfigurationFinding[] {
  const found = [
    ...configuration.fenceDevices.flatMap(plainSecrets),
    ...fenceResources(configuration),
  ];
  if (!isFencingEnabled(configuration)) return found;
  return [
    ...found,
    ...noFencing(configuration),
    ...unfenceableNodes(configuration),
    ...watchdogPolicy(configuration),
  ];
}

/** Pacemaker's way to write a fence device: nothing here would fence with it. */
function fenceResources(configuration: Configuration): readonly ConfigurationFinding[] {
  return [...eachPrimitive(configuration)]
    .filter(({ primitive }) => isFenceResource(configuration, primitive))
    .map(({ primitive: { id } }) => ({
      code: 'fence-resource',
      severity: 'error',
      subject: { kind: 'resource', id },
      text: `"${id}" is a fence device written as a resource: nothing would be fenced with it`,
      advice: 'describe it under fencing.devices, as "holdfast import" does',
    }));
}

export function hasWatchdogFencing(configuration: Configuration): boolean {
  const timeout =
    valueOf(configuration.options, 'fencing-watchdog-timeout') ??
    valueOf(configuration.options, 'stonith-watchdog-timeout');
  if (timeout === undefined) return false;
  return timeout.startsWith('-') || (parseDurationMs(timeout) ?? 0) > 0;
}

/** Services that go on without quorum are on a machine whose watchdog is not fed: nobody may count on it. */
function watchdogPolicy(configuration: Configuration): readonly ConfigurationFinding[] {
  const policy = valueOf(configuration.options, 'no-quorum-policy');
  if (!hasWatchdogFencing(configuration) || (policy !== 'ignore' && policy !== 'freeze')) return [];
  const isOnlyMeans = configuration.fenceDevices.length === 0;
  const what = isOnlyMeans ? 'there is no other way to fence a node' : 'only the devices fence';
  return [
    {
      code: 'watchdog-policy',
      severity: isOnlyMeans ? 'error' : 'warning',
      subject: { kind: 'cluster', id: '', field: ['options', 'no-quorum-policy'] },
      text:
        `with no-quorum-policy "${policy}" services are to go on without quorum, while a watchdog ` +
        `resets machines without quorum: it does not count, and ${what}`,
      advice: 'write "no-quorum-policy: stop", or describe a device under fencing.devices',
    },
  ];
}

/** Fencing is on and nothing can fence: the scheduler leaves everything as it is, whatever it requires. */
function noFencing(configuration: Configuration): readonly ConfigurationFinding[] {
  if (configuration.fenceDevices.length > 0) return [];
  if (hasWatchdogFencing(configuration)) return [];
  const left = [...eachPrimitive(configuration)]
    .filter(({ primitive }) => !isFenceResource(configuration, primitive))
    .map(({ primitive }) => primitive.id);
  const advice =
    'describe a device under fencing.devices; to try Holdfast out without fencing write ' +
    '"fencing-enabled: false" into the options';
  const common = { code: 'no-fencing', advice } as const;
  if (left.length === 0) {
    return [
      {
        ...common,
        severity: 'warning',
        subject: { kind: 'cluster', id: '' },
        text:
          'there is no way to fence a node, so the cluster leaves everything as it is: what runs ' +
          'and is not in this configuration goes on running',
      },
    ];
  }
  return [
    {
      ...common,
      severity: 'error',
      subject: { kind: 'cluster', id: '', field: ['resources'] },
      text:
        `there is no way to fence a node, so ${listText(left, 3)} could never be recovered ` +
        'from a lost one, and nothing would be started',
    },
  ];
}

/** Nodes that are listed and that no device reaches. */
function unfenceableNodes(configuration: Configuration): readonly ConfigurationFinding[] {
  const { fenceDevices, nodes } = configuration;
  if (fenceDevices.length === 0) return [];
  if (hasWatchdogFencing(configuration)) return [];
  return nodes
    .filter(
      ({ name, type }) => type === 'member' && !fenceDevices.some((one) => reaches(one, name)),
    )
    .map(({ name }) => ({
      code: 'node-not-fenceable',
      severity: 'error',
      subject: { kind: 'node', id: name },
      text: `no fence device reaches "${name}": its resources could not be recovered if it is lost`,
      advice: 'add it to the hosts of a device',
    }));
}

/** What is written down here is on every disk, in every export, and in whatever is sent to others. */
function plainSecrets(device: FenceDevice): readonly ConfigurationFinding[] {
  return Object.entries(device.parameters)
    .filter(([name, value]) => isPlainSecret(name, value))
    .map(([name]) => {
      const secret = secretNameFor(device.id, name);
      return {
        code: 'plain-secret',
        severity: 'error',
        subject: { kind: 'fence-device', id: device.id, field: ['parameters', name] },
        text: `the ${name} of "${device.id}" stands here for all to read`,
        advice:
          `run "holdfast secret set ${secret}" on each node and write ` +
          `"${name}: ${SECRET_REFERENCE}${secret}"`,
      };
    });
}

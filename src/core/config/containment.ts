/** Where `containment` stands (docs/decisions/containment.md): it counts for single agents alone. */
import type { Configuration } from '../model/configuration.ts';
import { isMoreThanProcesses } from '../model/more-than-processes.ts';
import { agentText } from '../model/value.ts';
import type { ConfigurationFinding } from './finding.ts';
import { templateOf, valueOf } from './values.ts';
import { eachResource } from './walk.ts';

const NAME = 'containment';

export const checkContainment = (configuration: Configuration): readonly ConfigurationFinding[] => [
  ...ofMoreThanProcesses(configuration),
  ...whereItDoesNotCount(configuration),
];

function ofMoreThanProcesses(configuration: Configuration): readonly ConfigurationFinding[] {
  return [...eachResource(configuration)].flatMap(({ resource }) => {
    if (resource.kind !== 'primitive') return [];
    const template = templateOf(configuration, resource.template);
    const agent = resource.agent ?? template?.agent;
    const word = valueOf([...resource.meta, ...(template?.meta ?? [])], NAME);
    if (word !== 'processes' || agent === undefined || !isMoreThanProcesses(agent)) return [];
    return [
      {
        code: 'more-than-processes',
        severity: 'error' as const,
        subject: { kind: 'resource' as const, id: resource.id, field: ['meta', NAME] },
        text:
          `"${resource.id}" (${agentText(agent)}) is more than its processes: when they are ` +
          'killed, something of it may stay on the node',
        advice: 'leave "containment" out: if its stop fails, the node is fenced',
      },
    ];
  });
}

function whereItDoesNotCount(configuration: Configuration): readonly ConfigurationFinding[] {
  const advice = 'write it into the meta of each resource of which it is true';
  const common = { code: 'containment-place', severity: 'warning', advice } as const;
  const outer = [...eachResource(configuration)]
    .filter(({ resource }) => resource.kind !== 'primitive' && valueOf(resource.meta, NAME))
    .map(({ resource: { id, kind } }) => ({
      ...common,
      subject: { kind: 'resource' as const, id, field: ['meta', NAME] },
      text: `"containment" does not count on the ${kind} "${id}": it says something of one agent`,
    }));
  if (valueOf(configuration.resourceDefaults, NAME) === undefined) return outer;
  const subject = { kind: 'cluster' as const, id: '', field: ['defaults', 'resources', NAME] };
  const text = '"containment" does not count as a default: it says something of one agent';
  return [...outer, { ...common, subject, text }];
}

/** `holdfast export --cib`: a configuration as a CIB, and what a CIB cannot say. */
import { eachPrimitive } from '../core/config/walk.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { ClusterStatus } from '../core/model/picture.ts';
import type { Finding } from '../core/model/plan.ts';
import { writeCib } from '../interop/cib/write.ts';

export interface Exported {
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** @param status goes along where the CIB is to be decided on, not only configured */
export function exportCib(configuration: Configuration, status?: ClusterStatus): Exported {
  const text = writeCib({ configuration, ...(status && { status }) });
  return { text, findings: [...secretFindings(configuration), ...agentFindings(configuration)] };
}

function secretFindings({ fenceDevices }: Configuration): readonly Finding[] {
  return fenceDevices.flatMap(({ id, parameters }) =>
    Object.entries(parameters)
      .filter(([, value]) => value.startsWith('secret:'))
      .map(([name]) => ({
        code: 'not-exported',
        about: id,
        text: `${name} is a reference to a secret: write its value into the CIB by hand`,
      })),
  );
}

/** Classes that are Holdfast's own, and what takes their place. */
const ownClasses: Readonly<Record<string, string>> = {
  command: 'write a unit of systemd for the program',
  vm: 'define the machine in libvirt, and use ocf:heartbeat:VirtualDomain',
};

function agentFindings(configuration: Configuration): readonly Finding[] {
  return [...eachPrimitive(configuration)].flatMap(({ primitive }) => {
    const own = primitive.agent?.class ?? '';
    const instead = ownClasses[own];
    if (instead === undefined) return [];
    const text = `the agent "${own}" is unknown to Pacemaker: ${instead}`;
    return [{ code: 'not-exported', about: primitive.id, text }];
  });
}

/** The implicit connection resource of a guest node (meta attribute `remote-node`). */
import type { RuleContext } from '../values/rules.ts';
import { note } from '../world.ts';
import type { Definition, Unit, World } from '../world.ts';
import { addUnit } from './unit.ts';

/** Adds the connection as a top-level unit, contained in the guest's machine. */
export function addGuest(world: World, machine: Unit, name: string, context: RuleContext): void {
  const host = world.hostByName.get(name);
  if (host === undefined || world.unitById.has(name)) {
    note(
      world,
      'guest-name',
      machine.id,
      `The guest node ${name} of ${machine.id} has a name that is taken.`,
    );
    return;
  }
  const connection = addUnit(world, {
    id: name,
    configId: name,
    kind: 'primitive',
    place: undefined,
    definition: guestDefinition(machine, name),
    metaBlocks: [],
    context,
    clone: undefined,
    extraMeta: {
      container: machine.id,
      'is-managed': machine.meta.get('remote-is-managed') ?? 'true',
      'allow-migrate': machine.meta.get('remote-allow-migrate') ?? 'true',
    },
  });
  connection.containerUnit = machine;
  machine.fillers.push(connection);
  connection.connectionOf = host;
  host.connection = connection;
  host.container = machine;
  connection.scores.fill(0);
  connection.present.fill(1);
  world.roots.push(connection);
}

function guestDefinition(machine: Unit, name: string): Definition {
  const parameters: Record<string, string> = {};
  const address = machine.meta.get('remote-addr');
  const port = machine.meta.get('remote-port');
  if (address !== undefined) parameters['addr'] = address;
  if (port !== undefined) parameters['port'] = port;
  return connectionDefinition(name, parameters, machine.meta.get('remote-connect-timeout'));
}

export function connectionDefinition(
  name: string,
  parameters: Readonly<Record<string, string>>,
  connectTimeout: string | undefined,
): Definition {
  const operation = { meta: [], parameters: [] };
  return {
    id: name,
    agent: { class: 'ocf', provider: 'pacemaker', type: 'remote' },
    parameters: [{ id: `${name}-parameters`, score: 0, values: parameters }],
    utilization: [],
    operations: [
      {
        ...operation,
        id: `${name}-monitor-30s`,
        name: 'monitor',
        intervalMs: 30_000,
        attributes: { timeout: '30s' },
      },
      {
        ...operation,
        id: `${name}-start-0`,
        name: 'start',
        intervalMs: 0,
        attributes: { timeout: connectTimeout ?? '60s' },
      },
    ],
    meta: [],
  };
}

/**
 * systemd's units that the cluster has as resources: taken from systemd as soon as they are
 * configured, so that neither a boot nor a restart of its own starts them beside the cluster.
 */
import { templateOf } from '../core/config/values.ts';
import { eachPrimitive } from '../core/config/walk.ts';
import type { Configuration } from '../core/model/configuration.ts';
import type { Note } from '../core/view/types.ts';
import type { Systemd } from '../host/systemd/manager.ts';
import { messageOf } from './exit.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';

type Units = Pick<Systemd, 'takeOver' | 'release' | 'startsAtBoot'>;

export interface UnitKeeper {
  /** Units that systemd would start at boot, with what to do about it. */
  notes(): readonly Note[];
}

interface Taken {
  readonly systemd: Units;
  readonly log: Log;
  readonly units: Set<string>;
  readonly atBoot: Set<string>;
}

/** At once and after each change of the configuration; one after the other, in its order. */
export function keepUnits(
  loop: Pick<NodeLoop, 'node' | 'onChange'>,
  systemd: Units | undefined,
  log: Log,
): UnitKeeper {
  if (systemd === undefined) return { notes: () => [] };
  const taken: Taken = { systemd, log, units: new Set(), atBoot: new Set() };
  let known: Configuration | undefined;
  let work = Promise.resolve();
  const look = (): void => {
    const { model } = loop.node.cluster.configuration;
    if (model === known) return;
    known = model;
    const wanted = unitsOf(model);
    work = work.then(() => follow(taken, wanted));
  };
  loop.onChange(look);
  look();
  return { notes: () => [...taken.atBoot].toSorted().map(bootNote) };
}

/** `systemd:nginx` → `nginx`. */
export function unitsOf(configuration: Configuration): readonly string[] {
  const units = new Set<string>();
  for (const { primitive } of eachPrimitive(configuration)) {
    const agent = primitive.agent ?? templateOf(configuration, primitive.template)?.agent;
    if (agent?.class === 'systemd' && agent.type !== '') units.add(agent.type);
  }
  return [...units];
}

async function follow(taken: Taken, wanted: readonly string[]): Promise<void> {
  for (const unit of wanted) if (!taken.units.has(unit)) await take(taken, unit);
  for (const unit of taken.units) if (!wanted.includes(unit)) await release(taken, unit);
}

async function take({ systemd, log, units, atBoot }: Taken, unit: string): Promise<void> {
  try {
    await systemd.takeOver(unit);
    units.add(unit);
    if (!(await systemd.startsAtBoot(unit))) return;
    atBoot.add(unit);
    const { text, advice } = bootNote(unit);
    log.warn(`${text} ${advice}`);
  } catch (error) {
    // A start by the cluster tries it again, and fails if it cannot be done.
    log.warn(`unit ${unit} could not be taken from systemd: ${messageOf(error)}`);
  }
}

async function release({ systemd, log, units, atBoot }: Taken, unit: string): Promise<void> {
  units.delete(unit);
  atBoot.delete(unit);
  try {
    await systemd.release(unit);
  } catch (error) {
    log.warn(`unit ${unit} could not be given back to systemd: ${messageOf(error)}`);
  }
}

function bootNote(unit: string): Note & { readonly advice: string } {
  return {
    severity: 'warning',
    text: `systemd starts ${unit} at boot, before the cluster knows of it.`,
    advice: `systemctl disable ${unit}`,
  };
}

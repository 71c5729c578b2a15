/**
 * How a unit is taken from systemd for as long as the machine is up: a drop-in, and a file that
 * says that the unit may start here. docs/decisions/agents.md says what each line is for.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DropInOptions {
  /** `/run/systemd/system`: gone with a boot. */
  readonly unitDirectory: string;
  /** `/run/holdfast/units`. */
  readonly permitDirectory: string;
  /** The daemon's own unit. */
  readonly daemonUnit: string;
}

export function dropInText(unit: string, options: DropInOptions): string {
  const service = unit.endsWith('.service') ? ['', '[Service]', 'Restart=no'] : [];
  return [
    '# Written by Holdfast: the cluster starts, watches and stops this unit.',
    '[Unit]',
    `Before=${options.daemonUnit}`,
    'StartLimitIntervalSec=0',
    `ConditionPathExists=${permitPath(unit, options)}`,
    ...service,
    '',
  ].join('\n');
}

/** True when the drop-in was not there like this, so that systemd must read it. */
export async function writeDropIn(unit: string, options: DropInOptions): Promise<boolean> {
  const directory = join(options.unitDirectory, `${unit}.d`);
  const path = join(directory, '50-holdfast.conf');
  const text = dropInText(unit, options);
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return false;
  await mkdir(directory, { recursive: true });
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await rename(`${path}.new`, path);
  return true;
}

export async function removeDropIn(unit: string, options: DropInOptions): Promise<void> {
  await rm(join(options.unitDirectory, `${unit}.d`, '50-holdfast.conf'), { force: true });
  await forbid(unit, options);
}

/** From now on the unit may be started on this node. */
export async function permit(unit: string, options: DropInOptions): Promise<void> {
  await mkdir(options.permitDirectory, { recursive: true });
  await writeFile(permitPath(unit, options), '');
}

/** From now on nobody starts it: no boot, no dependency, no socket, no `systemctl start`. */
export async function forbid(unit: string, options: DropInOptions): Promise<void> {
  await rm(permitPath(unit, options), { force: true });
}

/** In a drop-in `%` begins a specifier (systemd.unit(5)), and names of units hold `\x2d`. */
const permitPath = (unit: string, options: DropInOptions): string =>
  join(options.permitDirectory, unit.replace(/[^A-Za-z0-9_.@:-]/g, '_'));

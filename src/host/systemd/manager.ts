/** systemd's manager over D-Bus (org.freedesktop.systemd1(5)). */
import { constants } from 'node:os';
import type { JobResult, SystemdManager, UnitState } from '../../agents/systemd/manager.ts';
import { openBus, type Bus } from './bus.ts';
import { forbid, permit, removeDropIn, writeDropIn, type DropInOptions } from './drop-in.ts';
import { DBusError, type DBusValue, type Incoming, type MethodCall } from './message.ts';

export interface SystemdOptions extends DropInOptions {
  /** `/run/dbus/system_bus_socket`. */
  readonly busPath: string;
}

export const defaultSystemdOptions: SystemdOptions = {
  busPath: '/run/dbus/system_bus_socket',
  unitDirectory: '/run/systemd/system',
  permitDirectory: '/run/holdfast/units',
  daemonUnit: 'holdfastd.service',
};

export interface Systemd extends SystemdManager {
  /** The unit is systemd's own again. */
  release(unit: string): Promise<void>;
  /** True when systemd would start the unit at boot, before the cluster knows of it. */
  startsAtBoot(unit: string): Promise<boolean>;
  close(): void;
}

const name = 'org.freedesktop.systemd1';
const managerPath = '/org/freedesktop/systemd1';
const managerInterface = `${name}.Manager`;
const unitPattern = /^[A-Za-z0-9:_.\\@-]{1,240}$/;
const unitTypes = /\.(service|socket|target|mount|automount|timer|path|slice|scope|swap|device)$/;
/** systemd takes some time for a job that is cancelled; then the job is given up. */
const cancelWaitMs = 2000;
const jobsMax = 100;

/** Connects at the first call, and anew when the bus was restarted. */
export function createSystemd(options: SystemdOptions = defaultSystemdOptions): Systemd {
  return new Client(options);
}

class Client implements Systemd {
  readonly #options: SystemdOptions;
  #bus: Promise<Bus> | undefined;
  #reload: Promise<void> | undefined;
  /** Who waits for which job, and which jobs ended before somebody waited. */
  readonly #waiting = new Map<string, (result: JobResult) => void>();
  readonly #ended = new Map<string, JobResult>();

  constructor(options: SystemdOptions) {
    this.#options = options;
  }

  async state(unit: string): Promise<UnitState> {
    const full = fullName(unit);
    const path = textOf((await this.#manage('LoadUnit', 's', full))[0]);
    const [properties] = await this.#call({
      path,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'GetAll',
      signature: 's',
      body: [`${name}.Unit`],
    });
    return {
      load: property(properties, 'LoadState'),
      active: property(properties, 'ActiveState'),
      sub: property(properties, 'SubState'),
      result: await this.#result(full, path),
      hasJob: jobOf(properties) !== 0,
    };
  }

  async job(
    verb: 'start' | 'stop' | 'reload',
    unit: string,
    signal: AbortSignal,
  ): Promise<JobResult> {
    const full = fullName(unit);
    if (verb === 'start') await permit(full, this.#options);
    if (verb === 'stop') await forbid(full, this.#options);
    if (signal.aborted) return 'canceled';
    const mode = verb === 'stop' && (await this.#isShutdown()) ? 'ignore-dependencies' : 'replace';
    const member = { start: 'StartUnit', stop: 'StopUnit', reload: 'ReloadUnit' }[verb];
    const job = textOf((await this.#manage(member, 'ss', full, mode))[0]);
    return this.#jobResult(job, signal);
  }

  async kill(unit: string, whose: 'all' | 'control'): Promise<void> {
    await this.#manage('KillUnit', 'ssi', fullName(unit), whose, constants.signals.SIGKILL);
  }

  async processes(unit: string): ReturnType<SystemdManager['processes']> {
    const full = fullName(unit);
    const [found] = await this.#manage('GetUnitProcesses', 's', full);
    const list = Array.isArray(found) ? (found as readonly (readonly DBusValue[])[]) : [];
    const processes = list.map(([, pid]) => Number(pid));
    return { isWhole: full.endsWith('.service') && (await this.#isWhole(full)), processes };
  }

  async #isWhole(full: string): Promise<boolean> {
    const path = textOf((await this.#manage('LoadUnit', 's', full))[0]);
    const [properties] = await this.#call({
      path,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'GetAll',
      signature: 's',
      body: [`${name}.Service`],
    });
    const remains: unknown =
      properties instanceof Map ? properties.get('RemainAfterExit') : undefined;
    const mode = property(properties, 'KillMode');
    return (
      remains === false &&
      property(properties, 'Type') !== 'oneshot' &&
      (mode === 'control-group' || mode === 'mixed')
    );
  }

  async resetFailed(unit: string): Promise<void> {
    await this.#manage('ResetFailedUnit', 's', fullName(unit));
  }

  async takeOver(unit: string): Promise<void> {
    if (await writeDropIn(fullName(unit), this.#options)) await this.#reloadDaemon();
  }

  async release(unit: string): Promise<void> {
    await removeDropIn(fullName(unit), this.#options);
    await this.#reloadDaemon();
  }

  async startsAtBoot(unit: string): Promise<boolean> {
    const [state] = await this.#manage('GetUnitFileState', 's', fullName(unit)).catch(() => ['']);
    return state === 'enabled' || state === 'alias';
  }

  async list(): Promise<readonly string[]> {
    const [files] = await this.#manage('ListUnitFiles', '');
    const paths = Array.isArray(files) ? (files as readonly (readonly DBusValue[])[]) : [];
    return paths
      .map(([path]) => /([^/]+)\.service$/.exec(textOf(path))?.[1] ?? '')
      .filter((unit) => unit !== '')
      .toSorted();
  }

  close(): void {
    void this.#bus?.then(
      (bus) => bus.close(),
      () => undefined,
    );
    this.#bus = undefined;
  }

  /** Only units of these types have a result. */
  async #result(unit: string, path: string): Promise<string> {
    const type = /\.(service|mount|socket|timer|path|swap|automount|scope)$/.exec(unit)?.[1];
    if (type === undefined) return '';
    const [value] = await this.#call({
      path,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [`${name}.${type[0]?.toUpperCase() ?? ''}${type.slice(1)}`, 'Result'],
    });
    return textOf(value);
  }

  // --- jobs ---

  /**
   * At shutdown the daemon stops its units while their own stop jobs wait for the daemon's end
   * (Before= in the drop-in): a job that keeps the order would never run.
   */
  async #isShutdown(): Promise<boolean> {
    const [state] = await this.#call({
      path: managerPath,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [managerInterface, 'SystemState'],
    });
    return state === 'stopping';
  }

  #jobResult(job: string, signal: AbortSignal): Promise<JobResult> {
    const ended = this.#ended.get(job);
    if (ended !== undefined) return Promise.resolve(ended);
    return new Promise((resolve) => {
      let giveUp: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        this.#manage('CancelJob', 'u', Number(job.split('/').at(-1))).catch(() => undefined);
        giveUp = setTimeout(() => finish('canceled'), cancelWaitMs);
      };
      const finish = (result: JobResult): void => {
        clearTimeout(giveUp);
        signal.removeEventListener('abort', cancel);
        this.#waiting.delete(job);
        resolve(result);
      };
      this.#waiting.set(job, finish);
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
    });
  }

  /** JobRemoved(u id, o job, s unit, s result) may come before the answer to StartUnit. */
  #hear(message: Incoming): void {
    if (message.interface !== managerInterface || message.member !== 'JobRemoved') return;
    const job = textOf(message.body[1]);
    const result = textOf(message.body[3]);
    this.#waiting.get(job)?.(result);
    this.#ended.set(job, result);
    for (const old of this.#ended.keys()) {
      if (this.#ended.size <= jobsMax) break;
      this.#ended.delete(old);
    }
  }

  /** Several units that are taken over together share one reload. */
  #reloadDaemon(): Promise<void> {
    this.#reload ??= (async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.#reload = undefined; // what is written from now on needs another one
      await this.#manage('Reload', '');
    })();
    return this.#reload;
  }

  // --- calls ---

  #manage(
    member: string,
    signature: string,
    ...body: readonly (string | number)[]
  ): Promise<readonly DBusValue[]> {
    return this.#call({ path: managerPath, interface: managerInterface, member, signature, body });
  }

  async #call(call: Omit<MethodCall, 'destination'>): Promise<readonly DBusValue[]> {
    this.#bus ??= this.#connect();
    return (await this.#bus).call({ destination: name, ...call });
  }

  /** Without Subscribe the manager sends no signals, without a match the bus passes none on. */
  async #connect(): Promise<Bus> {
    const forget = (): void => {
      this.#bus = undefined;
      for (const finish of Array.from(this.#waiting.values())) finish('connection-lost');
      this.#ended.clear();
    };
    try {
      const bus = await openBus(this.#options.busPath, (message) => this.#hear(message));
      void bus.closed.then(forget);
      await bus.call({
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'AddMatch',
        signature: 's',
        body: [
          `type='signal',sender='${name}',interface='${managerInterface}',member='JobRemoved'`,
        ],
      });
      const manager = { destination: name, path: managerPath, interface: managerInterface };
      await bus.call({ ...manager, member: 'Subscribe' });
      return bus;
    } catch (error) {
      forget();
      throw error;
    }
  }
}

/** `nginx` → `nginx.service`. Throws for what cannot be a unit's name. */
function fullName(unit: string): string {
  if (!unitPattern.test(unit)) throw new DBusError(`${JSON.stringify(unit)} is no unit's name`);
  return unitTypes.test(unit) ? unit : `${unit}.service`;
}

function property(properties: DBusValue | undefined, key: string): string {
  return properties instanceof Map ? textOf(properties.get(key) as DBusValue | undefined) : '';
}

/** `Job`: id and path, `(uo)`; 0 for none. */
function jobOf(properties: DBusValue | undefined): DBusValue {
  const job = properties instanceof Map ? (properties.get('Job') as DBusValue | undefined) : [];
  return Array.isArray(job) ? ((job as readonly DBusValue[])[0] ?? 0) : 0;
}

const textOf = (value: DBusValue | undefined): string => (typeof value === 'string' ? value : '');

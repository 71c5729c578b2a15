/** What the systemd class needs of the service manager. src/host/systemd/ speaks D-Bus for it. */

/** org.freedesktop.systemd1(5): LoadState, ActiveState and SubState of a unit, Result of a service. */
export interface UnitState {
  /** `loaded`, `not-found`, `masked`, `error`, `bad-setting`. */
  readonly load: string;
  /** `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`. */
  readonly active: string;
  /** `running`, `exited`, `auto-restart`, `dead` … */
  readonly sub: string;
  /** `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit` …; `` for others. */
  readonly result: string;
  /** A job of it waits or runs: an inactive unit may be about to start. */
  readonly hasJob: boolean;
}

/** JobRemoved: `done`, `canceled`, `timeout`, `failed`, `dependency`, `skipped` and rarer ones. */
export type JobResult = 'done' | 'canceled' | 'timeout' | 'failed' | 'dependency' | (string & {});

/** Every method throws an Error with the manager's text when it is refused or the bus is gone. */
export interface SystemdManager {
  state(unit: string): Promise<UnitState>;
  /** Puts a job in the queue and waits for its end, or for the signal: then it is cancelled. */
  job(verb: 'start' | 'stop' | 'reload', unit: string, signal: AbortSignal): Promise<JobResult>;
  /** SIGKILL to every process of the unit, or to that of a job alone (`ExecStop`, `ExecStartPre` …). */
  kill(unit: string, whose: 'all' | 'control'): Promise<void>;
  /**
   * The processes of its cgroup. `isWhole`: a service that is nothing but these, and whose processes
   * systemd keeps together (not oneshot, not RemainAfterExit, KillMode control-group or mixed).
   */
  processes(
    unit: string,
  ): Promise<{ readonly isWhole: boolean; readonly processes: readonly number[] }>;
  /** Forgets a failure, so that the unit is inactive and may be started again. */
  resetFailed(unit: string): Promise<void>;
  /** Takes the unit from systemd: it neither restarts it nor stops it before the daemon at shutdown. */
  takeOver(unit: string): Promise<void>;
  /** Names of all installed services, without `.service`. */
  list(): Promise<readonly string[]>;
}

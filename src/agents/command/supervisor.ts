/** What the `command` class needs: programs that run outside of the daemon and outlive it. */

export interface ServiceProgram {
  /** The program's absolute path, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly user?: string;
  readonly group?: string;
}

export type ServiceState =
  | { readonly kind: 'running'; readonly pid: number }
  /** It has ended and nothing of it is left; `detail` says how (`exit code 3`, `SIGSEGV`). */
  | { readonly kind: 'ended'; readonly detail: string }
  /** It has ended, but these processes of it cannot be killed. */
  | { readonly kind: 'unkillable'; readonly processes: readonly number[] }
  | { readonly kind: 'absent' };

export type ServiceStart =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'not-run'; readonly stage: string; readonly error: string };

export interface ServiceSupervisor {
  /** Starts the program; a running one of the same resource is an error that is thrown. */
  start(resource: string, program: ServiceProgram): Promise<ServiceStart>;
  /**
   * Looks after a process that runs already, which no other resource's supervisor does; its state.
   * One that is gone, or another one by now, is `ended`.
   */
  adopt(resource: string, pid: number): Promise<ServiceState>;
  /** The signal (`SIGTERM`) to the program, SIGKILL to all of it after `graceMs`; then its state. */
  stop(resource: string, signal: string, graceMs: number): Promise<ServiceState>;
  state(resource: string): Promise<ServiceState>;
  /** The last part of what the program printed. */
  output(resource: string): Promise<string>;
  /** Calls once when its program ends, or at once where none runs; answers how to take that back. */
  onceEnded(resource: string, listener: () => void): () => void;
  /** Called at once when a program ends that nobody asked to stop. */
  onExit(listener: (resource: string, detail: string) => void): void;
}

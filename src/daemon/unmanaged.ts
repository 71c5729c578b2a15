/**
 * Machines of this node that nobody manages, told to all for a suggestion; and what was switched off
 * for machines that are not managed any more is switched on.
 */
import type { Found } from '../adopt/found.ts';
import { isKnown } from '../adopt/known.ts';
import { search } from '../adopt/search.ts';
import { ProcessWatch, mayHaveMachines } from '../adopt/watch.ts';
import { MACHINES_ATTRIBUTE, unmanagedText } from '../core/model/machines.ts';
import { messageOf } from './exit.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';
import type { Machines } from './machines.ts';
import type { Sayings } from './sayings.ts';

export interface UnmanagedParts {
  readonly loop: Pick<NodeLoop, 'node' | 'onChange'>;
  readonly machines: Pick<Machines, 'ignored' | 'giveBackWhatIsNobodys'>;
  readonly sayings: Pick<Sayings, 'say'>;
  readonly log: Log;
  readonly watch?: Pick<ProcessWatch, 'look'>;
  readonly find?: typeof search;
}

const FIRST_MS = 3000;
const EVERY_MS = 60_000;
/** Where no program is that runs machines. */
const RARELY_MS = 600_000;

export class UnmanagedWatch {
  readonly #parts: UnmanagedParts;
  readonly #watch: Pick<ProcessWatch, 'look'>;
  readonly #forget: () => void;
  #timer: NodeJS.Timeout;
  #found: readonly Found[] = [];
  #processes = ';';
  /** The configuration that was looked at last. */
  #version = 0;
  #closed = false;

  constructor(parts: UnmanagedParts) {
    this.#parts = parts;
    this.#watch = parts.watch ?? new ProcessWatch();
    this.#forget = parts.loop.onChange(() => this.#follow());
    this.#timer = setTimeout(() => void this.#turn(), FIRST_MS);
    this.#timer.unref();
  }

  /** Again with what is known: others are ignored now, or are resources. */
  tell(): void {
    const { loop, machines, sayings } = this.#parts;
    const { model } = loop.node.cluster.configuration;
    const ignored = machines.ignored();
    const free = this.#found.filter((one) => !ignored.includes(one.name) && !isKnown(model, one));
    sayings.say(MACHINES_ATTRIBUTE, unmanagedText(free));
  }

  /** What machines of this node write to, resources or not. */
  disks(): readonly string[] {
    return this.#found.flatMap(({ disks }) =>
      disks.flatMap(({ path, own }) => (own ? [path] : [])),
    );
  }

  close(): void {
    this.#closed = true;
    this.#forget();
    clearTimeout(this.#timer);
  }

  /** Asks whoever runs machines only when processes of machines have come or gone. */
  async look(): Promise<void> {
    const { vms, containers } = await this.#watch.look();
    const processes = `${vms};${containers}`;
    if (processes === this.#processes) return;
    const find = this.#parts.find ?? search;
    const { found, problems } = await find({ vms: vms !== '', containers: containers !== '' });
    for (const problem of problems) this.#parts.log.debug(`looking for machines: ${problem}`);
    this.#found = found.filter(({ off }) => !off);
    this.#processes = problems.length === 0 ? processes : 'unknown';
    this.tell();
  }

  async #turn(): Promise<void> {
    await this.look().catch((error: unknown) =>
      this.#parts.log.debug(`looking for machines: ${messageOf(error)}`),
    );
    if (this.#closed) return;
    const pause = mayHaveMachines() ? EVERY_MS : RARELY_MS;
    this.#timer = setTimeout(() => void this.#turn(), pause);
    this.#timer.unref();
  }

  /** In a view that acts, so that no old configuration is taken for the one in force. */
  #follow(): void {
    const { loop } = this.#parts;
    const { phase } = loop.node.view;
    const { version } = loop.node.cluster.configuration;
    if (version === this.#version || phase.kind !== 'open' || !phase.acting) return;
    this.#version = version;
    this.tell();
    void this.#giveBack();
  }

  async #giveBack(): Promise<void> {
    const { machines, log } = this.#parts;
    try {
      const { switches, problems } = await machines.giveBackWhatIsNobodys();
      for (const what of switches) log.info(`switched on again: ${what}`);
      for (const problem of problems) log.warn(problem);
    } catch (error) {
      log.warn(`what was switched off stays off: ${messageOf(error)}`);
    }
  }
}

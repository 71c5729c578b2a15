import type { EngineConfiguration } from '../../src/core/model/engine.ts';
import type { ConformanceNode } from '../../src/engine/conformance.ts';
import type { History } from '../../src/engine/histories.ts';
import { MemberDaemon, memberProgram } from '../../src/engine/testing/daemon.ts';
import type { TimedEvent } from '../../src/engine/testing/daemon.ts';
import { signal } from '../lab/host.ts';
import type { LabNode } from '../lab/node.ts';

/** A lab node with a daemon that has the engine and nothing above it. Corosync runs already. */
export class CorosyncNode implements ConformanceNode {
  readonly lab: LabNode;
  #lives: MemberDaemon[] = [];

  constructor(lab: LabNode) {
    this.lab = lab;
  }

  get name(): string {
    return this.lab.name;
  }

  get histories(): readonly History[] {
    return this.#lives.map((daemon) => daemon.events);
  }

  /** What the present daemon heard, with the wall time of hearing. */
  get heard(): readonly TimedEvent[] {
    return this.#present.heard;
  }

  get configuration(): EngineConfiguration | null {
    return this.#present.configuration;
  }

  async startDaemon(): Promise<void> {
    if (this.lab.pid() === undefined) {
      await this.lab.boot();
      await this.lab.startCorosync();
    }
    await this.#startUntilCorosyncAnswers();
  }

  async startSecondDaemon(): Promise<string | null> {
    const daemon = this.#spawn();
    const reason = await daemon.started();
    await daemon.exited();
    return reason;
  }

  async send(texts: readonly string[]): Promise<number> {
    return this.#present.send(texts);
  }

  async leave(): Promise<void> {
    await this.#present.close();
  }

  async killDaemon(): Promise<void> {
    await this.#present.kill();
  }

  async killNode(): Promise<void> {
    await this.lab.kill();
    await this.#present.exited();
  }

  async killEngine(): Promise<void> {
    this.lab.killCorosync();
  }

  /** Ends the daemon and forgets every life. */
  async forget(): Promise<void> {
    await Promise.all(this.#lives.map((daemon) => daemon.kill()));
    this.#lives = [];
  }

  async #startUntilCorosyncAnswers(): Promise<void> {
    for (let attempts = 0; ; attempts += 1) {
      const daemon = this.#spawn();
      const reason = await daemon.started();
      if (reason === null) {
        this.#lives.push(daemon);
        return;
      }
      await daemon.exited();
      if (attempts === 50 || !reason.includes('Corosync')) throw new Error(reason);
    }
  }

  get #present(): MemberDaemon {
    const daemon = this.#lives.at(-1);
    if (daemon === undefined) throw new Error(`${this.name} was never started`);
    return daemon;
  }

  #spawn(): MemberDaemon {
    const child = this.lab.spawn([process.execPath, memberProgram, 'corosync']);
    return new MemberDaemon(child, (name) => {
      for (const { pid, argv } of this.lab.processes()) {
        if (argv[1] === memberProgram) signal(pid, name);
      }
    });
  }
}

/**
 * What this daemon says of itself to all, as attributes of its node: again whenever the cluster does
 * not have it (another life, another leader), and never twice at a time.
 */
import { setTimeout } from 'node:timers/promises';

import type { Backend } from '../api/backend.ts';
import { nodeName } from '../core/model/ids.ts';
import type { NodeLoop } from './loop.ts';

const RETRY_MS = 2000;

type Cluster = Pick<Backend, 'submit' | 'cluster' | 'view'>;

export class Sayings {
  readonly #backend: Cluster;
  readonly #self: ReturnType<typeof nodeName>;
  readonly #wanted = new Map<string, string | undefined>();
  readonly #busy = new Set<string>();
  readonly #forget: () => void;

  constructor(backend: Cluster, self: string, loop: Pick<NodeLoop, 'onChange'>) {
    this.#backend = backend;
    this.#self = nodeName(self);
    this.#forget = loop.onChange(() => this.#look());
  }

  /** Undefined: it is to be gone. The last word counts. */
  say(name: string, value: string | undefined): void {
    this.#wanted.set(name, value);
    this.#look();
  }

  close(): void {
    this.#forget();
    this.#wanted.clear();
  }

  #look(): void {
    const { phase } = this.#backend.view();
    if (phase.kind !== 'open') return;
    const node = this.#backend.cluster().nodes[this.#self];
    if (node?.condition !== 'online') return;
    for (const [name, value] of this.#wanted) {
      if (node.attributes[name] === value) this.#settle(name, value);
      else if (!this.#busy.has(name)) void this.#submit(name, value);
    }
  }

  /** What is gone needs no keeping. */
  #settle(name: string, value: string | undefined): void {
    if (value === undefined) this.#wanted.delete(name);
  }

  async #submit(name: string, value: string | undefined): Promise<void> {
    this.#busy.add(name);
    const command = { kind: 'attribute', node: this.#self, name, value } as const;
    const reply = await this.#backend.submit(command).catch(() => undefined);
    if (reply?.kind !== 'applied') await setTimeout(RETRY_MS, undefined, { ref: false });
    this.#busy.delete(name);
    this.#look();
  }
}

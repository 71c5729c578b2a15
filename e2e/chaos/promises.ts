/** Changes that the cluster has acknowledged, and whether they are still there at the end. */
import type { LabNode } from '../lab/node.ts';
import type { RunResult } from '../lab/run.ts';
import { changeOf } from './configuration.ts';

/** Runs a command of `holdfast` on the node. */
export type Ask = (node: LabNode, ...words: readonly string[]) => Promise<RunResult>;

export class Promises {
  #change = 0;
  /** The newest configuration that was acknowledged. */
  #configured = 0;
  #last: Promise<void> = Promise.resolve();
  /** By attribute: the newest value that was acknowledged. Values only grow. */
  readonly #kept = new Map<string, number>();
  #asked = 0;
  #acknowledged = 0;

  nextChange(): number {
    this.#change += 1;
    return this.#change;
  }

  /**
   * Applies, and notes the change if that says that it is done. One after the other: of two at the
   * same time nobody could say which must be there at the end.
   */
  configure(change: number, apply: () => Promise<RunResult>): Promise<void> {
    this.#last = this.#configureAfter(this.#last, change, apply);
    return this.#last;
  }

  async #configureAfter(
    last: Promise<void>,
    change: number,
    apply: () => Promise<RunResult>,
  ): Promise<void> {
    await last;
    if ((await apply()).code === 0) this.#configured = change;
  }

  /** Asks for one small change that only a later one overwrites; answers when it is known. */
  async promise(node: LabNode, ask: Ask): Promise<void> {
    this.#asked += 1;
    const value = this.#asked;
    const name = `promise-${String(value % attributes)}`;
    const { code } = await ask(node, 'attribute', 'set', name, String(value));
    if (code !== 0) return;
    this.#acknowledged += 1;
    this.#kept.set(name, value);
  }

  /** How many changes were acknowledged, configurations apart. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** What was acknowledged and is missing on this node, once the cluster is whole. */
  async broken(node: LabNode, ask: Ask): Promise<readonly string[]> {
    // As it is now: while the node is asked, more is acknowledged.
    const [configured, kept] = [this.#configured, [...this.#kept]];
    const exported = await ask(node, 'export');
    const listed = await ask(node, 'attribute', 'list', '-o', 'json');
    if (exported.code !== 0) return [`${node.name}: export: ${exported.stderr}`];
    if (listed.code !== 0) return [`${node.name}: attribute list: ${listed.stderr}`];
    const there = changeOf(exported.stdout);
    const values = valuesOf(listed.stdout);
    const missing = kept.filter(([name, value]) => Number(values.get(name) ?? -1) < value);
    return [
      ...(there < configured
        ? [
            `${node.name}: the configuration is change ${String(there)}, acknowledged was ${String(configured)}`,
          ]
        : []),
      ...missing.map(
        ([name, value]) =>
          `${node.name}: attribute ${name} was acknowledged as ${String(value)} and is ${values.get(name) ?? 'missing'}`,
      ),
    ];
  }
}

/** How many attributes the promises share: a long run must not fill the state. */
const attributes = 100;

function valuesOf(json: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(JSON.parse(json) as Readonly<Record<string, string>>));
}

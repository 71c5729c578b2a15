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
  readonly #kept: string[] = [];
  #attributes = 0;

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

  /** Asks for one small change that nothing takes away again; answers when it is known. */
  async promise(node: LabNode, ask: Ask): Promise<void> {
    this.#attributes += 1;
    const name = `promise-${String(this.#attributes)}`;
    const { code } = await ask(node, 'attribute', 'set', name, name);
    if (code === 0) this.#kept.push(name);
  }

  /** How many changes were acknowledged, configurations apart. */
  get acknowledged(): number {
    return this.#kept.length;
  }

  /** What was acknowledged and is missing on this node, once the cluster is whole. */
  async broken(node: LabNode, ask: Ask): Promise<readonly string[]> {
    const exported = await ask(node, 'export');
    const listed = await ask(node, 'attribute', 'list', '-o', 'json');
    if (exported.code !== 0) return [`${node.name}: export: ${exported.stderr}`];
    if (listed.code !== 0) return [`${node.name}: attribute list: ${listed.stderr}`];
    const there = changeOf(exported.stdout);
    const missing = this.#kept.filter((name) => !listed.stdout.includes(`"${name}"`));
    return [
      ...(there < this.#configured
        ? [
            `${node.name}: the configuration is change ${String(there)}, acknowledged was ${String(this.#configured)}`,
          ]
        : []),
      ...missing.map((name) => `${node.name}: attribute ${name} was acknowledged and is missing`),
    ];
  }
}

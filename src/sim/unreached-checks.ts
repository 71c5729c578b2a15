/** What one node cannot switch off, another one must. */
import type { FenceRequest } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import type { Tally } from './tally.ts';
import { Violation } from './violation.ts';

/** Who leads, and what is known of the devices, may change between two tries. */
const triesInARowMax = 3;

/** When nothing else goes wrong any more, others try after who was not answered. */
export class UnreachedChecks {
  readonly #tally: Tally;
  /** By target: who tried last, and how often in a row. */
  readonly #tries = new Map<string, { readonly by: string; readonly inARow: number }>();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  shoots({ name, unreached }: Machine, request: FenceRequest, isHealed: boolean): void {
    const { target, action } = request;
    if (target === undefined || !['off', 'reboot'].includes(action)) return;
    const last = this.#tries.get(target);
    this.#tries.set(target, { by: name, inARow: last?.by === name ? last.inARow + 1 : 1 });
    if (unreached !== undefined) this.#tally.count('shots of a node that no switch answers');
    else if (last !== undefined && last.by !== name) {
      this.#tally.count('shots by another node than the last one');
    }
    if (!isHealed || unreached === undefined) return;
    if ((this.#tries.get(target)?.inARow ?? 0) <= triesInARowMax) return;
    throw new Violation(
      `nobody else tries: no switch answers ${name}, which is to fence ${target}`,
    );
  }
}

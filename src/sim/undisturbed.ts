/** What runs and has no reason to end, while little else happens (calm-loss.ts). */
import type { OperationRequest } from '../core/model/operation.ts';
import type { Machine } from './machine.ts';
import { baseOf } from './machine.ts';
import { Violation } from './violation.ts';

/** Without what it needs, it has to stop. */
const needs: Readonly<Record<string, string>> = { web: 'db' };
const ends = new Set(['stop', 'demote', 'migrate_to']);

/** What runs on the machines, and has no reason to end. */
export class Undisturbed {
  readonly #kept = new Map<string, ReadonlySet<string>>();

  keep(machines: readonly Machine[], lost: ReadonlySet<string>): void {
    for (const { name, active } of machines) {
      const kept = [...active].filter((resource) => !lost.has(needs[resource] ?? ''));
      this.#kept.set(name, new Set(kept.map(baseOf)));
    }
  }

  /** A machine without power changes more than that. */
  forget(): void {
    this.#kept.clear();
  }

  mayEnd({ name }: Machine, { operation, resource }: OperationRequest): void {
    if (!ends.has(operation) || this.#kept.get(name)?.has(baseOf(resource)) !== true) return;
    throw new Violation(`disturbed: ${operation} of ${resource} on ${name}, where all was well`);
  }
}

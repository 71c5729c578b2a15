/** Placement of a bundle's replicas. */
import type { Unit } from '../world.ts';
import type { Assigner } from './primitive.ts';

export function assignBundle(_assigner: Assigner, bundle: Unit): void {
  bundle.provisional = false;
}

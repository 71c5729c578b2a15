/** Parameters as they were when operations ran, against parameters as they are now. */
import type { World } from '../world.ts';

export function compareDigests(_world: World): void {
  // Filled in with the digest phase.
}

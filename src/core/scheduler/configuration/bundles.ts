/** Bundles: each replica is a container, an optional address, a connection and an inner instance. */
import type { Bundle } from '../../model/configuration.ts';
import type { RuleContext } from '../values/rules.ts';
import { note } from '../world.ts';
import type { World } from '../world.ts';

export function addBundle(world: World, bundle: Bundle, _context: RuleContext): void {
  note(world, 'bundle-todo', bundle.id, 'Bundles are not scheduled yet.');
}

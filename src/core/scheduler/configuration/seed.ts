/** What a unit is made from. */
import type { AttributeBlock } from '../../model/rule.ts';
import type { RuleContext } from '../values/rules.ts';
import type { CloneSettings, Definition, Unit } from '../world.ts';

export interface Place {
  readonly parent: Unit;
  /** Number of the clone's instance; undefined outside clones. */
  readonly number: number | undefined;
}

export interface UnitSeed {
  readonly id: string;
  readonly configId: string;
  readonly kind: Unit['kind'];
  readonly place: Place | undefined;
  readonly definition: Definition | undefined;
  readonly metaBlocks: readonly AttributeBlock[];
  readonly context: RuleContext;
  readonly clone: CloneSettings | undefined;
  readonly extraMeta?: Readonly<Record<string, string>>;
}

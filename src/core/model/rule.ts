/** Rules, and blocks of named values that a rule may switch on (Pacemaker Explained, "Rules"). */
import type { Score } from './score.ts';

export type Comparison = 'lt' | 'gt' | 'lte' | 'gte' | 'eq' | 'ne';
export type ValueType = 'string' | 'integer' | 'number' | 'version';

/** One field of a date: a number, or a range with an open side ("6-", "1-5"). */
export interface DateRange {
  readonly from?: number;
  readonly to?: number;
}

/** Fields of a `date_spec`; all given ones must match. Weekdays: 1 Monday … 7 Sunday. */
export interface DateSpecification {
  readonly seconds?: DateRange;
  readonly minutes?: DateRange;
  readonly hours?: DateRange;
  readonly monthdays?: DateRange;
  readonly weekdays?: DateRange;
  readonly yeardays?: DateRange;
  readonly months?: DateRange;
  readonly weeks?: DateRange;
  readonly years?: DateRange;
  readonly weekyears?: DateRange;
  readonly moon?: DateRange;
}

/** A calendar duration: months have no fixed length in milliseconds, so the fields stay apart. */
export interface DateDuration {
  readonly years?: number;
  readonly months?: number;
  readonly weeks?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

export type Expression =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | {
      readonly kind: 'attribute';
      readonly attribute: string;
      readonly operation: Comparison | 'defined' | 'not_defined';
      readonly value?: string;
      readonly valueType?: ValueType;
      readonly valueSource: 'literal' | 'param' | 'meta';
    }
  /** ISO 8601 texts, read by the scheduler; `end` is absent where `duration` says it. */
  | {
      readonly kind: 'date';
      readonly operation: 'lt' | 'gt' | 'in_range' | 'date_spec';
      readonly start?: string;
      readonly end?: string;
      readonly duration?: DateDuration;
      readonly specification?: DateSpecification;
    }
  | {
      readonly kind: 'resource';
      readonly class?: string;
      readonly provider?: string;
      readonly type?: string;
    }
  | { readonly kind: 'operation'; readonly name: string; readonly intervalMs?: number };

export interface Rule {
  readonly id: string;
  readonly join: 'and' | 'or';
  readonly expressions: readonly Expression[];
  /** Locations only: a fixed score, or the name of the node attribute that holds it. */
  readonly score?: Score;
  readonly scoreAttribute?: string;
  readonly role?: string;
}

/**
 * A block of named values. Blocks of one place are read in order of falling `score`; the first
 * value of a name wins; a block whose rule does not hold is skipped.
 */
export interface AttributeBlock {
  readonly id: string;
  readonly score: Score;
  readonly rule?: Rule;
  readonly values: Readonly<Record<string, string>>;
}

import { z } from 'zod';

/** A list whose type is readonly, as those of the read model are. */
export function listOf<S extends z.ZodType>(
  item: S,
): z.ZodType<readonly z.output<S>[], readonly z.input<S>[]> {
  return z.array(item);
}

/** What the cluster tells of itself, from a point on. */
import type { EventView } from '../../src/core/view/types.ts';
import * as product from '../../e2e/lab/product.ts';
import type { MachinesLab } from '../../e2e/machines/lab.ts';

export const lastNumber = async (machines: MachinesLab): Promise<number> =>
  (await product.history(machines.anyNode())).at(-1)?.number ?? 0;

export async function storySince(
  machines: MachinesLab,
  number: number,
): Promise<readonly EventView[]> {
  const story = await product.history(machines.anyNode());
  return story.filter((event) => event.number > number);
}

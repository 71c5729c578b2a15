/** Levelling the load: what would be moved, and moving it. */
import { z } from 'zod';

import type { BalanceMove } from '../../core/balance/level.ts';
import { nodeName, resourceId } from '../../core/model/ids.ts';
import type { Backend } from '../backend.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { listOf } from '../schemas/list.ts';
import { markCommon, setMark } from '../submit.ts';

const shares = z.record(z.string(), z.number()).describe('per cent by name, as in utilization');
const share = z.strictObject({ node: z.string(), now: shares, later: shares });
const move = z.strictObject({ resource: z.string(), from: z.string(), to: z.string() });

const balanced = z
  .strictObject({
    moves: listOf(move),
    nodes: listOf(share),
    refused: listOf(z.string()).describe('moves that the cluster would not make, or take back'),
    text: z.string(),
  })
  .meta({ id: 'Balanced' });

type Balanced = z.input<typeof balanced>;

export const balanceRoutes = {
  'GET /v1/balance': json({
    summary: 'The fewest live moves that would level the load of the nodes',
    role: 'read',
    answer: balanced,
    handle: async ({ backend }) => (await suggested(backend)).view,
  }),

  'POST /v1/balance': json({
    summary: 'Make these moves',
    role: 'write',
    answer: balanced,
    handle: async ({ backend, by }) => {
      const { view, moves } = await suggested(backend);
      for (const one of moves) await setMark(backend, markOf(backend, one, by));
      const many = moves.length === 1 ? '1 move' : `${String(moves.length)} moves`;
      return moves.length === 0 ? view : { ...view, text: `${many} begun.` };
    },
  }),
};

/** Long enough for all of them, in turns; where they then are they stay without it. */
const MARK_MS = 30 * 60_000;

const markOf = (backend: Backend, { resource, to }: BalanceMove, by: string) => ({
  kind: 'move' as const,
  id: `move:${resource}`,
  resource: resourceId(resource),
  to: nodeName(to),
  ...markCommon(backend, by, MARK_MS),
});

async function suggested(
  backend: Backend,
): Promise<{ readonly view: Balanced; readonly moves: readonly BalanceMove[] }> {
  const { balance, nodes } = await backend.balance();
  if (balance.unsettled.length > 0) {
    const text = `The cluster is about to change ${balance.unsettled.slice(0, 3).join(', ')}.`;
    throw new Problem('refused', text, { advice: 'holdfast status; try again when it is at rest' });
  }
  if (nodes.every(({ now }) => Object.keys(now).length === 0)) {
    throw new Problem('refused', 'No resource says what it uses, so there is no load to level.', {
      advice: 'give resources a utilization (memory, cpu): see the manual, "Levelling the load"',
    });
  }
  const { moves, refused } = balance;
  const view = {
    moves,
    nodes,
    refused: refused.map(
      ({ move: { resource, to }, because }) => `${resource} does not go to ${to}: ${because}`,
    ),
    text:
      moves.length > 0
        ? `${moves.length === 1 ? '1 live move' : `${String(moves.length)} live moves`} would level the load.`
        : refused.length > 0
          ? 'Nothing that may move live makes the load more level.'
          : 'The load is level.',
  };
  return { view, moves };
}

/** The newest decisions with what they were made from, for `holdfast simulate --history`. */
import { json } from '../route.ts';
import { Problem } from '../problem.ts';
import { decisionIds, keptDecision } from '../schemas/answers.ts';

const LISTED_MAX = 5;

export const decisionRoutes = {
  'GET /v1/decisions': json({
    summary: 'Decisions that this node made and keeps with their input; the newest first',
    role: 'read',
    answer: decisionIds,
    handle: async ({ backend }) => ({ ids: [...(await backend.keptDecisions())] }),
  }),

  'GET /v1/decisions/{decision}': json({
    summary: 'A decision with its input, to decide it again; "last" is the newest',
    role: 'read',
    answer: keptDecision,
    handle: async ({ backend, params }) => {
      const ids = await backend.keptDecisions();
      const asked = params['decision'] ?? '';
      const id = asked === 'last' ? (ids[0] ?? '') : asked;
      const file = await backend.keptDecision(id);
      if (file !== undefined) return { id, file: Buffer.from(file).toString('base64') };
      throw new Problem('not-found', `Decision ${asked} is not kept on ${backend.local().self}.`, {
        advice: adviceFor(ids),
      });
    },
  }),
};

function adviceFor(ids: readonly string[]): string {
  const where = 'a decision is kept on the node that made it, the newest hundred there';
  if (ids.length === 0) return `${where}; here none is kept yet`;
  return `${where}; kept here: ${ids.slice(0, LISTED_MAX).join(', ')}${ids.length > LISTED_MAX ? ' …' : ''}`;
}

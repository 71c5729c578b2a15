/** What a daemon was told and did, for `holdfast report`. */
import { json } from '../route.ts';
import { Problem } from '../problem.ts';
import { incidentFile } from '../schemas/answers.ts';

export const incidentRoutes = {
  'GET /v1/incidents/{incident}': json({
    summary: 'What this node was told and did around a decision; "last" is the newest',
    // Whole messages and agents' output are in it.
    role: 'write',
    answer: incidentFile,
    handle: async ({ backend, params }) => {
      const decided = backend
        .cluster()
        .story.flatMap((event) =>
          event.kind === 'decision' && event.decision !== undefined ? [event.decision] : [],
        );
      const asked = params['incident'] ?? '';
      const id = asked === 'last' ? decided.at(-1) : asked;
      if (id === undefined || !decided.includes(id)) {
        throw new Problem('not-found', `There is no decision ${asked} in the history.`, {
          advice: 'an incident has the id of its decision: holdfast history',
        });
      }
      const file = await backend.incident(id);
      if (file !== undefined) return { id, file: Buffer.from(file).toString('base64') };
      const { self } = backend.local();
      throw new Problem('not-found', `What ${self} did at decision ${id} is not kept any more.`, {
        advice: `a daemon keeps the last minutes of its own life; ask another node, or sooner`,
      });
    },
  }),
};

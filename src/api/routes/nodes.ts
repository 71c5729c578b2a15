/** Actions on nodes. */
import { z } from 'zod';

import { isActing } from '../../core/view/quorum.ts';
import type { Backend } from '../backend.ts';
import { findNode } from '../lookup.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { done } from '../schemas/answers.ts';
import { HOUR_MS, clearMarks, markCommon, setMark, submit, wouldDo } from '../submit.ts';
import { setTransient } from './attributes.ts';

const forMs = z
  .number()
  .int()
  .min(1000)
  .max(365 * 24 * HOUR_MS)
  .optional()
  .describe('milliseconds after which it ends by itself');

export const nodeRoutes = {
  'POST /v1/nodes/{node}/standby': json({
    summary: 'Move everything away from a node and start nothing there',
    role: 'write',
    body: z.strictObject({ forMs }),
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const node = findNode(backend, params['node']);
      const common = markCommon(backend, by, body.forMs);
      return setMark(backend, { kind: 'node-standby', id: `standby:${node}`, node, ...common });
    },
  }),

  'POST /v1/nodes/{node}/maintenance': json({
    summary: 'Leave everything on a node alone; with `evacuate` move everything away first',
    role: 'write',
    body: z.strictObject({
      forMs,
      evacuate: z.boolean().optional().describe('then without `forMs` it has no end'),
    }),
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const node = findNode(backend, params['node']);
      const evacuates = body.evacuate === true;
      const common = markCommon(backend, by, body.forMs ?? (evacuates ? undefined : HOUR_MS));
      const evacuation = evacuates ? ({ evacuation: 'wanted' } as const) : {};
      const id = `maintenance-node:${node}`;
      return setMark(backend, { kind: 'node-maintenance', id, node, ...evacuation, ...common });
    },
  }),

  'POST /v1/nodes/{node}/online': json({
    summary: 'End standby and maintenance of a node',
    role: 'write',
    answer: done,
    handle: async ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const ids = [`standby:${node}`, `maintenance-node:${node}`];
      await clearOnFailStandby(backend, node);
      const cleared = await clearMarks(backend, ids, by);
      return cleared ?? { text: `${node} is neither in standby nor in maintenance.`, index: 0 };
    },
  }),

  'POST /v1/nodes/{node}/stop': json({
    summary: 'Let a node leave in good order: its resources move away, then its daemon ends',
    role: 'write',
    answer: done,
    handle: async ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      if (node === backend.local().self && !isActing(backend.view())) {
        return { text: await backend.leave(by), index: 0 };
      }
      const condition = backend.cluster().nodes[node]?.condition;
      if (condition !== 'online') {
        throw new Problem('refused', `${node} is ${condition}, so it cannot leave in good order.`);
      }
      const text = `${node} leaves: its resources move away, then its daemon ends.`;
      return submit(backend, { kind: 'shutdown-request', node, by }, text);
    },
  }),

  'GET /v1/nodes/{node}/forget': json({
    summary: 'Whether a node can be forgotten now: refused with the reason, or what would be done',
    role: 'read',
    answer: done,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      return wouldDo(backend, { kind: 'node-forget', node, by }, `${node} can be forgotten.`);
    },
  }),

  'POST /v1/nodes/{node}/forget': json({
    summary: 'Forget a node that is gone for good: its record, its marks, and what it holds back',
    role: 'write',
    body: z.strictObject({ accept: z.literal('it-is-gone').describe('it does not come back') }),
    answer: done,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const text = `${node} is forgotten.${stillNamed(backend, node)}`;
      return submit(backend, { kind: 'node-forget', node, by }, text);
    },
  }),
};

/** The other half, which nobody here can do. */
function stillNamed(backend: Backend, node: string): string {
  if (backend.local().engineNodes?.includes(node) !== true) return '';
  return (
    ' corosync.conf still names it: take it out of the nodelist on every node, then run ' +
    'corosync-cfgtool -R on one of them.'
  );
}

/** on-fail=standby sets a transient attribute, which the administrator takes back here. */
async function clearOnFailStandby(
  backend: Backend,
  node: ReturnType<typeof findNode>,
): Promise<void> {
  if (backend.cluster().nodes[node]?.attributes['standby'] === undefined) return;
  await setTransient(backend, node, 'standby', undefined);
}

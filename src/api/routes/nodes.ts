/** Actions on nodes, and fencing. */
import { z } from 'zod';

import { fenceDeviceViews } from '../../core/view/fence-devices.ts';
import { fencingViews } from '../../core/view/events.ts';
import { fencingProofs, fencingTests } from '../../core/view/fencing-tests.ts';
import { incarnation } from '../../core/model/ids.ts';
import { isActing } from '../../core/view/quorum.ts';
import type { Backend } from '../backend.ts';
import { findNode } from '../lookup.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { confirmable, done } from '../schemas/answers.ts';
import {
  fenceDevice,
  fencing,
  fencingProof,
  fencingTest as testSchema,
} from '../schemas/status.ts';
import { HOUR_MS, clearMarks, markCommon, setMark, submit, wouldDo } from '../submit.ts';
import { listOf } from '../schemas/list.ts';
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

  'GET /v1/fencing/devices': json({
    summary: 'Fence devices: whom each one reaches, how that is known, and whom it answers',
    role: 'read',
    answer: listOf(fenceDevice),
    handle: ({ backend }) => [...fenceDeviceViews(backend.cluster())],
  }),

  'GET /v1/fencing': json({
    summary: 'Fencing under way and done, the newest first',
    role: 'read',
    answer: listOf(fencing),
    handle: ({ backend }) => [...fencingViews(backend.cluster())],
  }),

  'GET /v1/fencing/tests': json({
    summary: 'The last rehearsal of fencing of each node, and when each device was last proved',
    role: 'read',
    answer: z.strictObject({ tests: listOf(testSchema), proofs: listOf(fencingProof) }),
    handle: ({ backend }) => {
      const cluster = backend.cluster();
      const proofs = fencingProofs(cluster, backend.local().wallMs);
      return { tests: [...fencingTests(cluster)], proofs: [...proofs] };
    },
  }),

  'POST /v1/fencing/{node}/test': json({
    summary: 'Rehearse fencing: ask the devices of a node, or reboot it while it is in standby',
    role: 'write',
    body: z.strictObject({ forReal: z.boolean().exactOptional().describe('reboot it') }),
    answer: testSchema,
    handle: async ({ backend, params, body, by }) => {
      const node = findNode(backend, params['node']);
      const { view, storyCount } = backend.cluster();
      const id = `${view}.${storyCount}.${node}`;
      const forReal = body.forReal ?? false;
      await submit(backend, { kind: 'fence-test', id, node, by, forReal }, '');
      const test = fencingTests(backend.cluster()).find((each) => each.id === id);
      if (test !== undefined) return test;
      throw new Problem('unknown-outcome', `The test of ${node} was overtaken by another one.`, {
        advice: 'holdfast fence proofs says what came of it',
      });
    },
  }),

  'POST /v1/fencing/{node}/release': json({
    summary: 'A node that was fenced too often, and is held back, takes part again',
    role: 'write',
    answer: done,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const text = `${node} may run services again, and fence.`;
      return submit(backend, { kind: 'fence-release', node, by }, text);
    },
  }),

  'GET /v1/fencing/{node}/request': json({
    summary: 'Whether a node that is there can be fenced now, or why that is refused',
    role: 'read',
    answer: done,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      return wouldDo(backend, { kind: 'fence-request', node, by }, `${node} can be fenced.`);
    },
  }),

  'POST /v1/fencing/{node}/request': json({
    summary: 'Fence a node that is there: the others shoot it, and recover what ran on it',
    role: 'write',
    body: z.strictObject({ accept: z.literal('it-is-shot').describe('without a shutdown') }),
    answer: done,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const text = `${node} is shot by the others; what ran on it is recovered when that is confirmed.`;
      return submit(backend, { kind: 'fence-request', node, by }, text);
    },
  }),

  'GET /v1/fencing/{node}/confirm': json({
    summary:
      "Whether an administrator's word that a node is off is taken now, or why it is refused",
    role: 'read',
    answer: confirmable,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const life = backend.cluster().nodes[node]?.incarnation;
      const answer = wouldDo(
        backend,
        { kind: 'fence-confirm', node, by },
        `It is not known that ${node} is off.`,
      );
      return { ...answer, ...(life === undefined ? {} : { incarnation: life }) };
    },
  }),

  'POST /v1/fencing/{node}/confirm': json({
    summary: "An administrator's word that a node is off",
    role: 'write',
    body: z.strictObject({
      accept: z.literal('it-is-off').describe('says that it was checked'),
      incarnation: z
        .string()
        .max(200)
        .optional()
        .describe('as GET told it: refused if the node has begun another life since'),
    }),
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const node = findNode(backend, params['node']);
      const condition = backend.cluster().nodes[node]?.condition;
      if (condition === 'online') {
        throw new Problem('refused', `${node} is online: it cannot be off.`);
      }
      if (condition === 'down') return { text: `${node} is known to be off.`, index: 0 };
      const life =
        body.incarnation === undefined ? {} : { incarnation: incarnation(body.incarnation) };
      return submit(
        backend,
        { kind: 'fence-confirm', node, ...life, by },
        `${node} counts as off from now on.`,
      );
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

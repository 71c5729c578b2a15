/** Actions on nodes, and fencing. */
import { z } from 'zod';

import { fencingViews } from '../../core/view/events.ts';
import type { Backend } from '../backend.ts';
import { findNode } from '../lookup.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { attributes, done } from '../schemas/answers.ts';
import { fencing } from '../schemas/status.ts';
import { HOUR_MS, clearMarks, markCommon, setMark, submit } from '../submit.ts';
import { listOf } from '../schemas/list.ts';

const forMs = z
  .number()
  .int()
  .min(1000)
  .max(365 * 24 * HOUR_MS)
  .optional()
  .describe('milliseconds after which it ends by itself');

const ATTRIBUTE_NAME = /^[\w.#:@-]{1,128}$/;
const ATTRIBUTE_CHARACTERS_MAX = 4096;

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
    summary: 'Leave everything on a node alone',
    role: 'write',
    body: z.strictObject({ forMs }),
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const node = findNode(backend, params['node']);
      const common = markCommon(backend, by, body.forMs ?? HOUR_MS);
      const id = `maintenance-node:${node}`;
      return setMark(backend, { kind: 'node-maintenance', id, node, ...common });
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
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const condition = backend.cluster().nodes[node]?.condition;
      if (condition !== 'online') {
        throw new Problem('refused', `${node} is ${condition}, so it cannot leave in good order.`);
      }
      const text = `${node} leaves: its resources move away, then its daemon ends.`;
      return submit(backend, { kind: 'shutdown-request', node, by }, text);
    },
  }),

  'GET /v1/nodes/{node}/attributes': json({
    summary: 'Transient attributes of a node: fail counts, promotion scores, what agents set',
    role: 'read',
    answer: attributes,
    handle: ({ backend, params }) => {
      const node = findNode(backend, params['node']);
      return { ...backend.cluster().nodes[node]?.attributes };
    },
  }),

  'PUT /v1/nodes/{node}/attributes/{name}': json({
    summary: 'Set a transient attribute; it is gone with the next start of the machine',
    role: 'write',
    body: z.strictObject({ value: z.string().max(ATTRIBUTE_CHARACTERS_MAX) }),
    answer: done,
    handle: ({ backend, params, body }) => setAttribute(backend, params, body.value),
  }),

  'DELETE /v1/nodes/{node}/attributes/{name}': json({
    summary: 'Remove a transient attribute',
    role: 'write',
    answer: done,
    handle: ({ backend, params }) => setAttribute(backend, params, undefined),
  }),

  'GET /v1/fencing': json({
    summary: 'Fencing under way and done, the newest first',
    role: 'read',
    answer: listOf(fencing),
    handle: ({ backend }) => [...fencingViews(backend.cluster())],
  }),

  'POST /v1/fencing/{node}/confirm': json({
    summary: "An administrator's word that a node is off",
    role: 'write',
    body: z.strictObject({ accept: z.literal('it-is-off').describe('says that it was checked') }),
    answer: done,
    handle: ({ backend, params, by }) => {
      const node = findNode(backend, params['node']);
      const condition = backend.cluster().nodes[node]?.condition;
      if (condition === 'online') {
        throw new Problem('refused', `${node} is online: it cannot be off.`);
      }
      if (condition === 'down') return { text: `${node} is known to be off.`, index: 0 };
      return submit(
        backend,
        { kind: 'fence-confirm', node, by },
        `${node} counts as off from now on.`,
      );
    },
  }),
};

/** Agents set the same value again and again: what is so already needs no change. */
async function setAttribute(
  backend: Backend,
  params: Readonly<Record<string, string>>,
  value: string | undefined,
): ReturnType<typeof submit> {
  const node = findNode(backend, params['node']);
  const name = params['name'] ?? '';
  if (!ATTRIBUTE_NAME.test(name)) {
    throw new Problem('bad-request', `"${name}" cannot be the name of an attribute.`);
  }
  const text = value === undefined ? `${name} is removed.` : `${name} is ${value}.`;
  if (backend.cluster().nodes[node]?.attributes[name] === value) return { text, index: 0 };
  return submit(backend, { kind: 'attribute', node, name, value }, text);
}

/** on-fail=standby sets a transient attribute, which the administrator takes back here. */
async function clearOnFailStandby(
  backend: Backend,
  node: ReturnType<typeof findNode>,
): Promise<void> {
  if (backend.cluster().nodes[node]?.attributes['standby'] === undefined) return;
  await submit(backend, { kind: 'attribute', node, name: 'standby', value: undefined }, '');
}

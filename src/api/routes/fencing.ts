/** Fencing: devices, what was done, rehearsals, and a person's word. */
import { z } from 'zod';

import { fenceDeviceViews } from '../../core/view/fence-devices.ts';
import { fencingViews } from '../../core/view/events.ts';
import { fencingProofs, fencingTests } from '../../core/view/fencing-tests.ts';
import { incarnation } from '../../core/model/ids.ts';
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
import { submit, wouldDo } from '../submit.ts';
import { listOf } from '../schemas/list.ts';

export const fencingRoutes = {
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

/** Machines and containers that run on the nodes and are no resources yet. */
import { z } from 'zod';

import { poolText, poolViews } from '../../core/view/space.ts';
import { reading } from '../lookup.ts';
import { json } from '../route.ts';
import { done } from '../schemas/answers.ts';
import { listOf } from '../schemas/list.ts';
import { foundMachines, machineSearch, pool, switched } from '../schemas/machines.ts';

const MANY = 1000;
const someNames = z.array(z.string().min(1).max(256)).min(1).max(MANY);
const taking = z.strictObject({
  resource: z.string(),
  identity: z.string(),
  uuid: z.string().exactOptional(),
});

export const machineRoutes = {
  'GET /v1/space': json({
    summary: 'What disks of machines may grow to, and what is there for it',
    role: 'read',
    answer: listOf(pool),
    handle: ({ backend }) =>
      poolViews(reading(backend)).map((one) => ({ ...one, text: poolText(one) })),
  }),

  'POST /v1/machines/search': json({
    summary: 'What runs on all nodes and is no resource: machines, containers. Takes seconds',
    role: 'write',
    body: machineSearch,
    answer: foundMachines,
    handle: ({ backend, body }) => backend.machines.search(body),
  }),

  'POST /v1/machines/take': json({
    summary: 'Switch off, where they run, what starts these machines beside the cluster',
    role: 'write',
    body: z.strictObject({ adoptions: z.array(taking).min(1).max(MANY) }),
    answer: switched,
    handle: ({ backend, body }) => backend.machines.take(body.adoptions),
  }),

  'POST /v1/machines/give': json({
    summary: 'Switch on again what was switched off for these resources',
    role: 'write',
    body: z.strictObject({ resources: someNames }),
    answer: switched,
    handle: ({ backend, body }) => backend.machines.give(body.resources),
  }),

  'POST /v1/machines/ignore': json({
    summary: 'Do not suggest these machines any more, or do it again',
    role: 'write',
    body: z.strictObject({ names: someNames, ignored: z.boolean() }),
    answer: done,
    handle: async ({ backend, body }) => {
      await backend.machines.ignore(body.names, body.ignored);
      const names = body.names.join(', ');
      const text = body.ignored
        ? `${names}: not suggested any more, nor adopted without being named.`
        : `${names}: suggested again.`;
      return { text, index: 0 };
    },
  }),
};

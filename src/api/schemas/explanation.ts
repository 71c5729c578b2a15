/** Scores, the rule that decided, and what would change it. */
import { z } from 'zod';

import type { Explanation } from '../../core/model/explanation.ts';
import { listOf } from './list.ts';

const contribution = z.strictObject({
  source: z.enum([
    'location',
    'stickiness',
    'health',
    'failure',
    'access',
    'colocation',
    'promotion',
    'ticket',
    'capacity',
    'space',
    'role',
    'default',
  ]),
  from: z.string().describe("a constraint's id, a fail count …"),
  score: z.number(),
});

const instance = z.strictObject({
  instance: z.string(),
  node: z.string().exactOptional().describe('where it is to run; absent: nowhere'),
  role: z.enum(['Started', 'Unpromoted', 'Promoted']).exactOptional(),
  decidedBy: z
    .strictObject({
      rule: z.enum([
        'unmanaged',
        'only',
        'score',
        'company',
        'capacity',
        'load',
        'current',
        'name',
      ]),
      text: z.string(),
    })
    .exactOptional(),
  blocked: z.string().exactOptional().describe('why it is not begun there'),
  reason: z.string().exactOptional(),
  nodes: listOf(
    z.strictObject({
      node: z.string(),
      score: z.number().describe('from -1000000 (never) to 1000000'),
      unavailable: z.string().exactOptional().describe('why the node can take nothing'),
      contributions: listOf(contribution),
    }),
  ),
});

export const explanation = z
  .strictObject({
    resource: z.string(),
    instances: listOf(instance),
    instancesLeftOut: z.number(),
    unpromoted: z.string().exactOptional().describe('why nothing of it is promoted'),
    counterfactuals: listOf(
      z.strictObject({
        node: z.string(),
        role: z.enum(['Started', 'Promoted']),
        changes: listOf(z.strictObject({ text: z.string(), command: z.string().exactOptional() })),
      }),
    ).describe('changes that would let it run there, each tried by a run of the scheduler'),
  })
  .meta({ id: 'Explanation' }) satisfies z.ZodType<Explanation>;

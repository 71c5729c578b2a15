/** The whole cluster is stopped: what that means, and asking for it. */
import { z } from 'zod';

import { isActing } from '../../core/view/quorum.ts';
import { byCodeUnits } from '../../core/view/names.ts';
import type { ResourceView, StatusView } from '../../core/view/types.ts';
import type { Backend } from '../backend.ts';
import { Problem } from '../problem.ts';
import { json } from '../route.ts';
import { done } from '../schemas/answers.ts';
import { listOf } from '../schemas/list.ts';
import { submit } from '../submit.ts';
import { statusOf } from './cluster.ts';

const away = z.strictObject({ node: z.string(), because: z.string() });

const clusterStop = z
  .strictObject({
    nodes: listOf(z.string()).describe('they leave, all together'),
    away: listOf(away).describe('they are not asked, and may run something'),
    resources: listOf(z.string()).describe('what runs now and stops'),
    leftAlone: listOf(z.string()).describe('what runs and is not managed: its node does not leave'),
  })
  .meta({ id: 'ClusterStop' });

type ClusterStop = z.input<typeof clusterStop>;

export const stopRoutes = {
  'GET /v1/stop': json({
    summary:
      'What a stop of the whole cluster would stop; refused with the reason where it cannot be',
    role: 'read',
    answer: clusterStop,
    handle: ({ backend }) => wouldStop(backend),
  }),

  'POST /v1/stop': json({
    summary:
      'Stop the whole cluster: everything stops where it runs, then all nodes leave together',
    role: 'write',
    body: z.strictObject({
      accept: z.literal('everything-stops').describe('says that it is known'),
    }),
    answer: done,
    handle: async ({ backend, by }) => {
      const { nodes, away: absent } = wouldStop(backend);
      const rest = absent.map(({ node, because }) => ` ${node} is away (${because}).`);
      const wait = absent.length === 0 ? '' : ' They wait for who is away, until back or fenced.';
      const text =
        `Everything is stopped where it runs, then ${nodes.join(', ')} leave together.` +
        `${rest.join('')}${wait} To bring it back: systemctl start holdfastd on each node.`;
      return submit(backend, { kind: 'cluster-stop', by }, text);
    },
  }),
};

function wouldStop(backend: Backend): ClusterStop {
  if (!isActing(backend.view())) {
    throw new Problem('refused', 'Nobody can decide this for all nodes now: there is no quorum.', {
      advice: 'holdfast node stop --here, on each node; holdfast status says what is missing',
    });
  }
  const status = statusOf(backend);
  const running = leaves(status.resources).filter(({ on }) => on.length > 0);
  return {
    nodes: Object.values(backend.cluster().nodes)
      .filter(({ condition }) => condition === 'online')
      .map(({ name }) => name)
      .toSorted(byCodeUnits),
    away: awayOf(status),
    resources: running.filter(({ managed }) => managed).map(({ id }) => id),
    leftAlone: running.filter(({ managed }) => !managed).map(({ id }) => id),
  };
}

/** What is down runs nothing: of it there is nothing to say. */
const awayOf = ({ nodes }: StatusView): ClusterStop['away'] =>
  nodes
    .filter(({ state }) => ['held', 'lost', 'unseen', 'joining'].includes(state))
    .map(({ name, state, because }) => ({ node: name, because: `${state}: ${because}` }));

const leaves = (resources: readonly ResourceView[]): readonly ResourceView[] =>
  resources.flatMap((one) => (one.children.length === 0 ? [one] : leaves(one.children)));

/** The cluster as a whole: status, history, reasons. */
import { z } from 'zod';

import { historyView } from '../../core/view/events.ts';
import { statusView } from '../../core/view/status.ts';
import type { EventView, StatusView } from '../../core/view/types.ts';
import { whyView } from '../../core/view/why.ts';
import type { Backend } from '../backend.ts';
import { changes } from '../changes.ts';
import { findKnown, findNode, nodeNames, reading } from '../lookup.ts';
import { Problem } from '../problem.ts';
import { json, stream, text } from '../route.ts';
import { done, names } from '../schemas/answers.ts';
import { event, status, why } from '../schemas/status.ts';
import { appliedIndex } from '../submit.ts';
import { listOf } from '../schemas/list.ts';

const number = z.coerce.number().int().min(0);

const historyQuery = z.strictObject({
  last: number.max(10_000).optional().describe('only the last ones'),
  after: number.optional().describe('only events with a higher number'),
  since: number.optional().describe('only events from this time on, milliseconds since 1970'),
  resource: z.string().optional(),
  node: z.string().optional(),
});

export const clusterRoutes = {
  'GET /v1/status': json({
    summary: 'What is, what failed, what is under way, what is next',
    role: 'read',
    answer: status,
    handle: ({ backend }) => statusOf(backend),
  }),

  'GET /v1/status/follow': stream({
    summary: 'The status now and after each change',
    role: 'read',
    answer: status,
    handle: ({ backend, signal }) => followStatus(backend, signal),
  }),

  'GET /v1/history': json({
    summary: 'The one ordered story, the same on each node',
    role: 'read',
    query: historyQuery,
    answer: listOf(event),
    handle: ({ backend, query: { since, ...query } }) =>
      historyView(backend.cluster(), defined({ ...query, sinceMs: since })),
  }),

  'GET /v1/events': stream({
    summary: 'The story as it goes on, from the events after `after`',
    role: 'read',
    query: z.strictObject({ after: number.optional() }),
    answer: event,
    handle: ({ backend, query, signal }) => followEvents(backend, query.after, signal),
  }),

  'GET /v1/why/{resource}': json({
    summary: 'Why a resource is where it is, and why not elsewhere',
    role: 'read',
    query: z.strictObject({ node: z.string().optional() }),
    answer: why,
    handle: async ({ backend, params, query }) => {
      const { id } = findKnown(backend, params['resource']).resource;
      const node = query.node === undefined ? undefined : findNode(backend, query.node);
      const state = { cluster: backend.cluster(), view: backend.view(), local: backend.local() };
      const explanation = await backend.explain(id, node);
      const view = whyView(state, id, defined({ node, explanation }));
      if (view === undefined) throw new Problem('not-found', `There is no resource "${id}"`);
      return view;
    },
  }),

  'GET /v1/names': json({
    summary: 'Names of nodes, resources and secrets, for completion',
    role: 'read',
    answer: names,
    handle: async ({ backend }) => ({
      nodes: nodeNames(backend),
      resources: [...reading(backend).resources.keys()].sort(),
      secrets: await backend.secrets(),
    }),
  }),

  'POST /v1/unfreeze': json({
    summary: 'Let a frozen view act although newer changes may be lost',
    role: 'write',
    body: z.strictObject({
      accept: z.literal('newer-changes-may-be-lost').describe('says that it is known'),
    }),
    answer: done,
    handle: async ({ backend }) => ({
      index: appliedIndex(await backend.overrideFreeze()),
      text: 'The cluster acts from the state that its members have.',
    }),
  }),

  'GET /v1/metrics': text({
    summary: 'Figures in OpenMetrics text',
    role: 'read',
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    handle: ({ backend }) => backend.metrics(),
  }),
};

export function statusOf(backend: Backend): StatusView {
  return statusView(backend.cluster(), backend.view(), backend.local());
}

async function* followStatus(backend: Backend, signal: AbortSignal): AsyncGenerator<StatusView> {
  yield statusOf(backend);
  for await (const _ of changes(backend, signal)) yield statusOf(backend);
}

async function* followEvents(
  backend: Backend,
  from: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<EventView> {
  let after = from ?? backend.cluster().storyCount;
  const news = changes(backend, signal);
  do {
    for (const entry of historyView(backend.cluster(), { after })) {
      yield entry;
      after = entry.number;
    }
  } while ((await news.next()).done !== true);
}

/** Without the keys whose value is undefined. */
function defined<T extends object>(query: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

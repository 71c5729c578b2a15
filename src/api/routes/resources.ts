/** Actions on resources: marks beside the configuration, each shown in the status with its end. */
import { z } from 'zod';

import type { Mark } from '../../core/cluster/marks.ts';
import { resourceId } from '../../core/model/ids.ts';
import { metaOf } from '../../core/view/reading.ts';
import { resourceView } from '../../core/view/resources.ts';
import type { Backend } from '../backend.ts';
import { findKnown, findNode, findResource, outermost, reading } from '../lookup.ts';
import { moveByCommand } from '../moves.ts';
import { Problem } from '../problem.ts';
import { json, stream } from '../route.ts';
import { debugOutput, debugResult, done, resourceLogs } from '../schemas/answers.ts';
import type { DebugOutput, DebugResult } from '../schemas/answers.ts';
import { HOUR_MS, clearMarks, markCommon, setMark, submit } from '../submit.ts';

const forMs = z
  .number()
  .int()
  .min(1000)
  .max(365 * 24 * HOUR_MS)
  .optional()
  .describe('milliseconds after which it ends by itself');

const withEnd = z.strictObject({ forMs });

export const resourceRoutes = {
  'POST /v1/resources/{resource}/start': json({
    summary: 'Let a resource run: over a stop by command and a configured target-role',
    role: 'write',
    body: withEnd,
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const known = findKnown(backend, params['resource']);
      const { id } = known.resource;
      const stoppedByConfiguration = [known.resource, ...known.parents].some(
        (entry) => metaOf(entry, 'target-role') === 'Stopped',
      );
      if (stoppedByConfiguration) return setTarget(backend, id, 'Started', by, body.forMs);
      return cleared(backend, `target:${id}`, `${id} is already to run`, by);
    },
  }),

  'POST /v1/resources/{resource}/stop': json({
    summary: 'Stop a resource until it is started by command',
    role: 'write',
    body: withEnd,
    answer: done,
    handle: ({ backend, params, body, by }) =>
      setTarget(backend, findResource(backend, params['resource']), 'Stopped', by, body.forMs),
  }),

  'POST /v1/resources/{resource}/restart': json({
    summary: 'Stop a resource where it runs, then start it again',
    role: 'write',
    answer: done,
    handle: ({ backend, params, by }) => {
      const resource = findResource(backend, params['resource']);
      const mark: Mark = {
        kind: 'restart',
        id: `restart:${resource}`,
        resource,
        ...markCommon(backend, by, HOUR_MS),
      };
      return setMark(backend, mark);
    },
  }),

  'POST /v1/resources/{resource}/move': json({
    summary: 'Move a resource (with its group) to a node, or away from where it runs',
    role: 'write',
    body: z.strictObject({
      to: z.string().optional(),
      away: z.string().optional().describe('the node to leave; without it where it runs'),
      forMs,
      live: z.boolean().optional().describe('refuse where it would stop and start'),
      cancel: z.boolean().optional().describe('give up a live migration; it stays where it is'),
    }),
    answer: done,
    handle: ({ backend, params, body, by }) => moveByCommand(backend, params['resource'], body, by),
  }),

  'POST /v1/resources/{resource}/clear': json({
    summary: 'Take back what commands have set: move, stop, start, maintenance',
    role: 'write',
    answer: done,
    handle: async ({ backend, params, by }) => {
      const known = findKnown(backend, params['resource']);
      const { id } = known.resource;
      const ids = [`move:${outermost(known).id}`, `target:${id}`, `maintenance:${id}`];
      const last = await clearMarks(backend, ids, by);
      return last ?? { text: `No command has set anything for ${id}.`, index: 0 };
    },
  }),

  'POST /v1/resources/{resource}/maintenance': json({
    summary: 'Leave a resource alone: not started, stopped or monitored',
    role: 'write',
    body: withEnd,
    answer: done,
    handle: ({ backend, params, body, by }) => {
      const resource = findResource(backend, params['resource']);
      const common = markCommon(backend, by, body.forMs ?? HOUR_MS);
      const id = `maintenance:${resource}`;
      return setMark(backend, { kind: 'resource-maintenance', id, resource, ...common });
    },
  }),

  'DELETE /v1/resources/{resource}/maintenance': json({
    summary: 'End the maintenance of a resource',
    role: 'write',
    answer: done,
    handle: ({ backend, params, by }) => {
      const resource = findResource(backend, params['resource']);
      return cleared(backend, `maintenance:${resource}`, `${resource} is not in maintenance`, by);
    },
  }),

  'POST /v1/resources/{resource}/cleanup': json({
    summary: 'Forget the failures of a resource, and look at it afresh',
    role: 'write',
    body: z.strictObject({ node: z.string().optional() }),
    answer: done,
    handle: async ({ backend, params, body, by }) => {
      const known = findKnown(backend, params['resource']);
      const node = body.node === undefined ? {} : { node: findNode(backend, body.node) };
      let last = { text: '', index: 0 };
      for (const id of membersOf(backend, known.resource.id)) {
        const resource = resourceId(id);
        last = await submit(backend, { kind: 'cleanup', resource, ...node, by }, '');
      }
      return { ...last, text: `The failures of ${known.resource.id} are forgotten.` };
    },
  }),

  'GET /v1/resources/{resource}/logs': json({
    summary:
      'What its processes have printed last, where it runs; or its operations, for agents that leave that to others',
    role: 'write',
    query: z.strictObject({
      lines: z.coerce.number().int().min(1).max(1000).default(50),
      node: z.string().optional().describe('without it where it runs; all, where it runs nowhere'),
    }),
    answer: resourceLogs,
    handle: ({ backend, params, query }) => {
      const { resource } = findKnown(backend, params['resource']);
      const given = query.node === undefined ? undefined : [findNode(backend, query.node)];
      const on = resourceView(reading(backend), resource).on.map(({ node }) => node);
      const nodes = given ?? (on.length > 0 ? on : undefined);
      const wish = { lines: query.lines, ...(nodes === undefined ? {} : { nodes }) };
      return backend.logs(resource.id, wish);
    },
  }),

  'POST /v1/resources/{resource}/debug/{operation}': stream({
    summary:
      'Run one operation of its agent on this node, beside the cluster; it ends with the caller',
    role: 'write',
    query: z.strictObject({ force: z.enum(['true', 'false']).optional() }),
    answer: z.union([debugOutput, debugResult]),
    handle: ({ backend, params, query, signal }) => {
      const { resource } = findKnown(backend, params['resource']);
      if (resource.kind !== 'primitive') {
        const advice = 'name one of its members';
        throw new Problem('bad-request', `${resource.id} has no agent of its own.`, { advice });
      }
      const operation = params['operation'] ?? '';
      if (query.force !== 'true') refuseWhileManaged(backend, resource.id, operation);
      return runInForeground(backend, resource.id, operation, signal);
    },
  }),
};

/** What is printed, as it comes; the result is the last. */
async function* runInForeground(
  backend: Backend,
  resource: string,
  operation: string,
  signal: AbortSignal,
): AsyncGenerator<DebugOutput | DebugResult> {
  const printed: string[] = [];
  let wake: () => void = () => undefined;
  const onOutput = (lines: string): void => {
    printed.push(lines);
    wake();
  };
  const run = { isOver: false };
  const result = backend.debug(resource, operation, { signal, onOutput }).finally(() => {
    run.isOver = true;
    wake();
  });
  // Whoever went away does not hear of it.
  result.catch(() => undefined);
  while (!run.isOver || printed.length > 0) {
    const lines = printed.shift();
    if (lines !== undefined) yield { printed: lines };
    else await new Promise<void>((resolve) => (run.isOver ? resolve() : (wake = resolve)));
  }
  yield await result;
}

function setTarget(
  backend: Backend,
  id: string,
  role: 'Started' | 'Stopped',
  by: string,
  endsAfterMs: number | undefined,
): ReturnType<typeof setMark> {
  const common = markCommon(backend, by, endsAfterMs);
  const resource = resourceId(id);
  return setMark(backend, { kind: 'target-role', id: `target:${id}`, resource, role, ...common });
}

async function cleared(
  backend: Backend,
  id: string,
  otherwise: string,
  by: string,
): ReturnType<typeof setMark> {
  return (await clearMarks(backend, [id], by)) ?? { text: `${otherwise}.`, index: 0 };
}

/** The primitives of a group or clone, which are what fails. */
function membersOf(backend: Backend, id: string): readonly string[] {
  const { resources } = reading(backend);
  const members = [...resources.values()].filter(
    ({ resource, parents }) =>
      resource.kind === 'primitive' && parents.some((parent) => parent.id === id),
  );
  return members.length === 0 ? [id] : members.map(({ resource }) => resource.id);
}

/** Operations that only look may run at any time. */
const HARMLESS: ReadonlySet<string> = new Set(['monitor', 'validate-all', 'meta-data', 'logs']);

function refuseWhileManaged(backend: Backend, id: string, operation: string): void {
  if (HARMLESS.has(operation)) return;
  const known = findKnown(backend, id);
  if (!resourceView(reading(backend), known.resource).managed) return;
  throw new Problem(
    'refused',
    `The cluster manages ${id}: a ${operation} beside it could make two copies, or a failure.`,
    { advice: `holdfast resource maintenance ${id} first, or --force` },
  );
}

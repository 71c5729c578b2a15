/** The configuration: read, preview, replace. */
import { z } from 'zod';

import { wallMs } from '../../core/model/ids.ts';
import type { ClusterState } from '../../core/cluster/state.ts';
import type { Configuration } from '../../core/model/configuration.ts';
import type { Plan, PlannedAction } from '../../core/model/plan.ts';
import { restartNotes } from '../../core/view/live.ts';
import { actionText } from '../../core/view/names.ts';
import { read } from '../../core/view/reading.ts';
import { removedViews } from '../../core/view/removed.ts';
import { reachNotes } from '../../core/view/fencing-reach.ts';
import { unfencedNotes } from '../../core/view/risky-settings.ts';
import { missingSecrets } from '../../core/view/secrets.ts';
import { selfFencingNotes } from '../../core/view/watchdogs.ts';
import type { Backend, CheckedConfiguration } from '../backend.ts';
import { Problem } from '../problem.ts';
import type { CheckFinding } from '../problem.ts';
import { json } from '../route.ts';
import { configuration, done, picture, plan } from '../schemas/answers.ts';
import type { PlanView, Removed } from '../schemas/answers.ts';
import { submit } from '../submit.ts';

/** A file of this size has some 20 000 resources. */
const SOURCE_CHARACTERS_MAX = 4_000_000;

const source = z.strictObject({
  source: z.string().max(SOURCE_CHARACTERS_MAX).describe('the whole YAML text'),
  name: z.string().max(200).default('cluster.yaml').describe('what messages call it'),
});

export const configurationRoutes = {
  'GET /v1/configuration': json({
    summary: 'The configuration in force, as it was written',
    role: 'read',
    answer: configuration,
    handle: ({ backend }) => {
      const { version, source: text, appliedAt, appliedBy } = backend.cluster().configuration;
      return { version, source: text, appliedAt, appliedBy };
    },
  }),

  'PUT /v1/configuration': json({
    summary: 'Replace the configuration',
    role: 'write',
    body: source.extend({
      expectedVersion: z.number().int().optional().describe('refuse if another one is in force'),
    }),
    answer: done,
    handle: async ({ backend, body, by }) => {
      const checked = await check(backend, body.source, body.name);
      const { expectedVersion } = body;
      const removed = await removedBy(backend, checked.configuration);
      const applied = await submit(
        backend,
        {
          kind: 'configure',
          configuration: checked.configuration,
          source: body.source,
          by,
          ...(expectedVersion === undefined ? {} : { expectedVersion }),
        },
        '',
      );
      const { version } = backend.cluster().configuration;
      const text = `${body.name} is in force as configuration ${version}.`;
      return { ...applied, text, findings: [...checked.findings], removed };
    },
  }),

  'GET /v1/picture': json({
    summary: 'What the scheduler would decide from now, for holdfast simulate --live',
    role: 'read',
    answer: picture,
    handle: ({ backend }) => {
      const { status, ...rest } = backend.picture();
      const now = Math.max(backend.local().wallMs, backend.cluster().time);
      return { picture: { ...rest, status: { ...status, recordedAt: wallMs(now) } } };
    },
  }),

  'POST /v1/plan': json({
    summary: 'What a configuration would change, and what the cluster would do; nothing is done',
    role: 'read',
    body: source,
    answer: plan,
    handle: async ({ backend, body }) => {
      const checked = await check(backend, body.source, body.name);
      const { version, model } = backend.cluster().configuration;
      const planned = await backend.plan(checked.configuration);
      const changes = backend.compareConfigurations(model, checked.configuration);
      return {
        ...planView(planned, checked.configuration, backend.cluster().nodes),
        version,
        changes: [...changes],
        removed: [...removedViews(stateOf(backend), checked.configuration, planned)],
        findings: [...checked.findings],
      };
    },
  }),
};

async function check(
  backend: Backend,
  text: string,
  name: string,
): Promise<Required<CheckedConfiguration>> {
  const { configuration: checked, findings } = await backend.checkConfiguration(text, name);
  if (checked !== undefined) {
    return { configuration: checked, findings: [...findings, ...lacks(backend, checked)] };
  }
  throw new Problem('invalid-configuration', `${name} is not valid; nothing was changed.`, {
    findings,
  });
}

const stateOf = (backend: Backend) => ({
  cluster: backend.cluster(),
  view: backend.view(),
  local: backend.local(),
});

/** Said before it is in force: without its secret a fence device is none, nor where its hosts are misspelt. */
function lacks(backend: Backend, model: Configuration): readonly CheckFinding[] {
  const { cluster, view, local } = stateOf(backend);
  const configured = { ...cluster, configuration: { ...cluster.configuration, model } };
  const reading = read(configured, view, local);
  const notes = [
    ...missingSecrets(reading),
    ...reachNotes(reading),
    ...unfencedNotes(reading),
    ...selfFencingNotes(reading),
  ];
  return notes.map(({ text, advice }) => ({
    severity: 'warning',
    text: text.replace(/\.$/, ''),
    ...(advice === undefined ? {} : { advice }),
  }));
}

/** A plan is made only where something that runs goes; that nobody can make one stops nothing. */
async function removedBy(backend: Backend, wanted: Configuration): Promise<Removed[]> {
  const found = removedViews(stateOf(backend), wanted, undefined);
  if (found.length === 0) return [];
  const planned = await backend.plan(wanted).catch(() => undefined);
  return [...removedViews(stateOf(backend), wanted, planned)];
}

function planView(
  planned: Plan,
  model: Configuration,
  nodes: ClusterState['nodes'],
): Pick<PlanView, 'actions' | 'unplaced'> {
  const notes = restartNotes(planned, model, nodes);
  const real = planned.actions.filter((action) => !action.pseudo && action.kind !== HOUSEKEEPING);
  const positions = new Map(real.map((action, index) => [action.id, index]));
  const before = directlyBefore(planned);
  return {
    actions: real.map((action) => ({
      text: actionText(action, model.fenceDevices),
      reason: reasonOf(action, notes),
      ...(action.node === undefined ? {} : { node: action.node }),
      ...(action.resource === undefined ? {} : { resource: action.resource }),
      after: realBefore(action.id, before, positions),
    })),
    unplaced: planned.unplaced.map(({ resource, reason, advice }) => ({
      resource,
      reason,
      ...(advice === undefined ? {} : { advice }),
    })),
  };
}

/** Of what could move live and is to start anew, why it cannot. */
function reasonOf({ kind, resource, reason }: PlannedAction, notes: ReadonlyMap<string, string>) {
  const note = kind === 'start' ? notes.get(resource ?? '') : undefined;
  return note === undefined ? reason : `${reason.replace(/\.$/, '')}. ${note}`;
}

/** Of the cluster's own books: no node does anything. */
const HOUSEKEEPING: PlannedAction['kind'] = 'delete-history';

function directlyBefore(planned: Plan): ReadonlyMap<number, readonly number[]> {
  const before = new Map<number, number[]>();
  for (const [first, then] of planned.order) {
    const list = before.get(then);
    if (list === undefined) before.set(then, [first]);
    else list.push(first);
  }
  return before;
}

/** Positions of the real actions that come first, pseudo actions looked through. */
function realBefore(
  id: number,
  before: ReadonlyMap<number, readonly number[]>,
  positions: ReadonlyMap<number, number>,
): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const stack = [...(before.get(id) ?? [])];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const position = positions.get(next);
    if (position === undefined) stack.push(...(before.get(next) ?? []));
    else found.add(position);
  }
  return [...found].toSorted((a, b) => a - b);
}

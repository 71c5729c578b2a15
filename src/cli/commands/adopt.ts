/** `holdfast adopt`, `release`: what runs on the nodes becomes the cluster's, and is given back. */
import { writeReleased, writeResources, type Adoption } from '../../adopt/write.ts';
import type { AnswerOf } from '../../api/client-types.ts';
import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { wrap } from '../render/text.ts';
import { allIsWell, waitUntilSettled } from '../wait.ts';

export interface AdoptOptions {
  readonly vms?: boolean;
  readonly containers?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  /** True, or false with --no-ignore; absent: this is about adopting. */
  readonly ignore?: boolean;
  readonly timeout: number;
}

type Searched = AnswerOf<'POST /v1/machines/search'>;
type Machine = Searched['machines'][number];

export async function adopt(
  context: Context,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  if (options.ignore !== undefined) return ignore(context, names, options.ignore);
  const { vms = false, containers = false, dryRun = false } = options;
  if (!vms && !containers) {
    throw new Failure(EXIT.usage, 'Adopt what?', { advice: 'say --vms, --containers, or both' });
  }
  const body = { vms, containers, names: [...names] };
  const searched = await context.client.call('POST /v1/machines/search', { body });
  refuseUnknown(names, searched);
  if (!dryRun) refuseConflicts(searched);
  const now = await context.client.call('GET /v1/configuration', {});
  const { source, adoptions } = writeResources(now.source, searched.machines);
  const done = !dryRun && adoptions.length > 0;
  const change = { source, adoptions, version: now.version };
  const problems = [
    ...searched.conflicts.map((text) => `${text}: only one of them can be adopted`),
    ...searched.problems,
    ...(done ? await takeOver(context, change) : []),
  ];
  const { off } = searched;
  answer(context, { adopted: done, adoptions: adoptions.map(viewOf), off, problems }, () => [
    headline(adoptions, done),
    ...adoptions.flatMap((one) => adoptionLines(one, context.look.columns)),
    ...offLines(off, context.look.columns),
    ...capacityLines(source, adoptions, context.look.columns),
    ...problems.flatMap((problem) => wrap(problem, context.look.columns, '! ', '  ')),
  ]);
  if (searched.conflicts.length > 0) return EXIT.refused;
  if (!done || options.wait !== true) return EXIT.ok;
  return waitUntilSettled(context, { timeoutMs: options.timeout, expectation: allIsWell });
}

function refuseUnknown(names: readonly string[], { machines, known, problems }: Searched): void {
  const running = new Set([...machines.map(({ name }) => name), ...known]);
  const unknown = names.find((name) => !running.has(name));
  if (unknown === undefined) return;
  const silent = problems.length === 0 ? '' : ` ${problems.join('; ')}.`;
  throw new Failure(
    EXIT.notFound,
    `Nothing named ${unknown} runs or is defined on a node.${silent}`,
    {
      advice: 'holdfast adopt --vms --containers --dry-run says what does',
    },
  );
}

/** Both would become resources, and what starts or stops one would do it to the other, or to its disk. */
function refuseConflicts({ conflicts }: Searched): void {
  if (conflicts.length === 0) return;
  throw new Failure(EXIT.refused, `Nothing was adopted: ${conflicts.join('; ')}.`, {
    advice: 'only one of them can be a resource: stop the other one, or rename it; or name others',
  });
}

interface Change {
  readonly source: string;
  readonly adoptions: readonly Adoption<Machine>[];
  readonly version: number;
}

/** Nothing starts them any more, then they are the cluster's; or all is as it was. */
async function takeOver(context: Context, { source, adoptions, version }: Change) {
  const body = {
    adoptions: adoptions.map(({ resource, found: { identity, uuid } }) => ({
      resource,
      identity,
      ...(uuid === undefined ? {} : { uuid }),
    })),
  };
  const { problems } = await context.client.call('POST /v1/machines/take', { body });
  try {
    await context.client.call('PUT /v1/configuration', {
      body: { source, name: 'the adoption', expectedVersion: version },
    });
  } catch (error) {
    const resources = adoptions.map(({ resource }) => resource);
    await context.client.call('POST /v1/machines/give', { body: { resources } });
    throw error;
  }
  return problems;
}

const viewOf = ({ resource, found }: Adoption<Machine>) => ({ resource, ...found });

function headline(adoptions: readonly Adoption<Machine>[], done: boolean): string {
  const [first] = adoptions;
  if (first === undefined) return 'Nothing runs on the nodes that is no resource yet.';
  const many = adoptions.length > 1 ? `${String(adoptions.length)} resources` : first.resource;
  return done
    ? `Adopted ${many}; nothing was restarted.`
    : `Would adopt ${many} as they run, without a restart:`;
}

/** Somebody has switched them off, or they are what others are made from: that is nobody's wish to run them. */
function offLines(off: Searched['off'], columns: number): readonly string[] {
  if (off.length === 0) return [];
  const list = off.map(({ name, node }) => `${name} on ${node}`).join(', ');
  return wrap(`off, and left alone unless named: ${list}`, columns, '  → ', '    ');
}

/** What they need is written down; that it counts is a decision about all resources, so nobody makes it unasked. */
function capacityLines(
  source: string,
  adoptions: readonly Adoption<Machine>[],
  columns: number,
): readonly string[] {
  const isSaid = /^\s*['"]?placement-strategy\b/m.test(source);
  if (isSaid || adoptions.every(({ found }) => found.memoryMib === undefined)) return [];
  const text =
    'their memory does not decide yet where they run: with `placement-strategy: utilization` under ' +
    '`options` a node takes no more than it has, and where not all fit the more important ones run';
  return wrap(text, columns, '  → ', '    ');
}

function adoptionLines({ resource, found }: Adoption<Machine>, columns: number): readonly string[] {
  const { memoryMib, cpus, agent, switches, notes, name, node, off } = found;
  const size = [
    ...(memoryMib === undefined ? [] : [`${String(memoryMib)} MiB`]),
    ...(cpus === undefined ? [] : [`${String(cpus)} CPU`]),
  ];
  const called = name === resource ? '' : `, called ${name}`;
  const words = [agent, ...size, ...(off ? ['off, and stays so'] : [])].join(', ');
  return [
    ...wrap(`${resource} on ${node} (${words})${called}`, columns, '  ', '    '),
    ...switches.flatMap((what) => wrap(`switches off ${what}`, columns, '    - ', '      ')),
    ...notes.flatMap((note) => wrap(note, columns, '    ! ', '      ')),
  ];
}

async function ignore(
  context: Context,
  names: readonly string[],
  ignored: boolean,
): Promise<ExitCode> {
  if (names.length === 0) {
    throw new Failure(EXIT.usage, 'Ignore what?', { advice: 'holdfast adopt --ignore NAME…' });
  }
  const body = { names: [...names], ignored };
  const done = await context.client.call('POST /v1/machines/ignore', { body });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}

// --- release ---

export async function release(context: Context, resource: string): Promise<ExitCode> {
  const now = await context.client.call('GET /v1/configuration', {});
  const source = writeReleased(now.source, resource);
  if (source === undefined) {
    throw new Failure(EXIT.notFound, `There is no resource ${resource} in the configuration.`);
  }
  await context.client.call('PUT /v1/configuration', {
    body: { source, name: 'the release', expectedVersion: now.version },
  });
  const body = { resources: [resource] };
  const { switches, problems } = await context.client.call('POST /v1/machines/give', { body });
  answer(context, { resource, switches, problems }, () => [
    `${resource} is not managed any more (is-managed: false): it runs on, and nobody moves or stops it.`,
    ...switches.map((what) => `  switched on again: ${what}`),
    ...(switches.length === 0 ? ['  Nothing had been switched off for it.'] : []),
    ...problems.map((problem) => `! ${problem}`),
  ]);
  return EXIT.ok;
}

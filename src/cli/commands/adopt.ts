/** `holdfast adopt`, `release`: what runs on this node becomes the cluster's, and is given back. */
import { search } from '../../adopt/search.ts';
import { switchOff, switchOn } from '../../adopt/switches.ts';
import { writeReleased, writeResources, type Adoption } from '../../adopt/write.ts';
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
  readonly timeout: number;
}

export async function adopt(
  context: Context,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const { vms = false, containers = false, dryRun = false } = options;
  if (!vms && !containers) {
    throw new Failure(EXIT.usage, 'Adopt what?', { advice: 'say --vms, --containers, or both' });
  }
  const { found, problems: unsearched } = await search({ vms, containers, names });
  const unknown = names.find((name) => !found.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Failure(EXIT.notFound, `Nothing named ${unknown} runs on this node.`, {
      advice: 'holdfast adopt --dry-run says what does',
    });
  }
  const now = await context.client.call('GET /v1/configuration', {});
  const { source, adoptions } = writeResources(now.source, found);
  const done = !dryRun && adoptions.length > 0;
  const change = { source, adoptions, version: now.version };
  const problems = [...unsearched, ...(done ? await takeOver(context, change) : [])];
  answer(context, { adopted: done, adoptions: adoptions.map(viewOf), problems }, () => [
    headline(adoptions, done),
    ...adoptions.flatMap((one) => adoptionLines(one, context.look.columns)),
    ...problems.map((problem) => `! ${problem}`),
  ]);
  if (!done || options.wait !== true) return EXIT.ok;
  return waitUntilSettled(context, { timeoutMs: options.timeout, expectation: allIsWell });
}

interface Change {
  readonly source: string;
  readonly adoptions: readonly Adoption[];
  readonly version: number;
}

/** Nothing starts them any more, then they are the cluster's; or all is as it was. */
async function takeOver(context: Context, { source, adoptions, version }: Change) {
  const problems: string[] = [];
  for (const { resource, found } of adoptions) {
    problems.push(...(await switchOff({ resource, switches: found.switches })));
  }
  try {
    await context.client.call('PUT /v1/configuration', {
      body: { source, name: 'the adoption', expectedVersion: version },
    });
  } catch (error) {
    for (const { resource } of adoptions) await switchOn(resource);
    throw error;
  }
  return problems;
}

const viewOf = ({ resource, found }: Adoption) => ({ resource, ...found });

function headline(adoptions: readonly Adoption[], done: boolean): string {
  const [first] = adoptions;
  if (first === undefined) return 'Nothing runs on this node that is no resource yet.';
  const many = adoptions.length > 1 ? `${String(adoptions.length)} resources` : first.resource;
  return done
    ? `Adopted ${many}; nothing was restarted. The same on the other nodes: holdfast adopt there.`
    : `Would adopt ${many} as they run, without a restart:`;
}

function adoptionLines({ resource, found }: Adoption, columns: number): readonly string[] {
  const { memoryMib, cpus, agent, switches, notes, name } = found;
  const size = [
    ...(memoryMib === undefined ? [] : [`${String(memoryMib)} MiB`]),
    ...(cpus === undefined ? [] : [`${String(cpus)} CPU`]),
  ];
  const called = name === resource ? '' : `, called ${name}`;
  const words = [agent, ...size].join(', ');
  return [
    ...wrap(`${resource} (${words})${called}`, columns, '  ', '    '),
    ...switches.flatMap(({ what }) => wrap(`switches off ${what}`, columns, '    - ', '      ')),
    ...notes.flatMap((note) => wrap(note, columns, '    ! ', '      ')),
  ];
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
  const given = await switchOn(resource);
  const switches = (given?.switches ?? []).map(({ what }) => what);
  const problems = given?.problems ?? [];
  answer(context, { resource, switches, problems }, () => [
    `${resource} is not managed any more (is-managed: false): it runs on, and nobody moves or stops it.`,
    ...switches.map((what) => `  switched on again: ${what}`),
    ...(given === undefined ? ['  Nothing was switched off for it on this node.'] : []),
    ...problems.map((problem) => `! ${problem}`),
  ]);
  return EXIT.ok;
}

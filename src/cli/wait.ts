/** `--wait`: follows the cluster until it has settled, and says what it does meanwhile. */
import type { ResourceView, StatusView } from '../core/view/types.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { Failure } from './failure.ts';
import { adviceLines } from './render/look.ts';
import { span } from './render/time.ts';
import { transferLine } from './render/transfer.ts';

/** What must be so when the cluster has settled; answers what is not. */
export type Expectation = (status: StatusView) => readonly Unmet[];

interface Unmet {
  readonly text: string;
  readonly advice?: string | undefined;
}

export interface Wait {
  readonly timeoutMs: number;
  readonly expectation: Expectation;
  /** The daemon that is asked is to end: that it does is what was waited for. */
  readonly untilItEnds?: boolean;
}

export async function waitUntilSettled(
  context: Context,
  { timeoutMs, expectation, untilItEnds = false }: Wait,
): Promise<ExitCode> {
  const signal = AbortSignal.timeout(timeoutMs);
  const told = new Set<string>();
  let last: StatusView | undefined;
  const states = context.client.follow('GET /v1/status/follow', {}, signal);
  for await (const status of untilItEnds ? untilGone(states) : states) {
    last = status;
    if (status.settled && !untilItEnds) return judge(context, expectation(status));
    const moving = status.underWay.filter(({ transfer }) => transfer !== undefined).length;
    for (const step of status.underWay) {
      if (context.json) continue;
      if (!told.has(step.text)) context.terminal.note(`  ${step.text} …\n`);
      told.add(step.text);
      if (step.transfer === undefined) continue;
      const whose = moving > 1 ? `${step.text}: ` : '';
      const line = `    ${whose}${transferLine(step.transfer)}\n`;
      if (!told.has(line)) context.terminal.note(line);
      told.add(line);
    }
  }
  if (!signal.aborted && untilItEnds) return EXIT.ok;
  if (!signal.aborted) {
    throw new Failure(EXIT.unreachable, 'The daemon has ended meanwhile.', {
      advice: 'ask on another node: holdfast status',
    });
  }
  const doing = last?.underWay.map(({ text }) => text).join(', ') ?? '';
  const rest = doing === '' ? (last?.quorum.sentence ?? '') : `under way: ${doing}`;
  throw new Failure(
    EXIT.timeout,
    `The cluster has not settled within ${span(timeoutMs)}; ${rest}`,
    {
      advice: 'it goes on by itself: holdfast status',
    },
  );
}

/** A daemon with little to stop has ended before it can be followed. */
async function* untilGone(states: AsyncIterable<StatusView>): AsyncGenerator<StatusView> {
  try {
    yield* states;
  } catch (error) {
    if (!(error instanceof Failure && error.code === EXIT.unreachable)) throw error;
  }
}

function judge(context: Context, unmet: readonly Unmet[]): ExitCode {
  const { style, columns } = context.look;
  for (const { text, advice } of unmet) {
    const lines = [style.bad(text), ...adviceLines(advice, columns, '  ')];
    context.terminal.note(`${lines.join('\n')}\n`);
  }
  return unmet.length === 0 ? EXIT.ok : EXIT.failed;
}

/** The resource, and what it consists of, runs. */
export function runs(id: string): Expectation {
  return (status) => notRunning(find(status.resources, id));
}

/** Nothing of it runs anywhere. */
export function isStopped(id: string): Expectation {
  return (status) => {
    const on = find(status.resources, id)?.on ?? [];
    return on.length === 0
      ? []
      : [{ text: `${id} still runs on ${on.map(({ node }) => node).join(', ')}.` }];
  };
}

export function runsNothing(node: string): Expectation {
  return (status) => {
    const count = status.nodes.find(({ name }) => name === node)?.running ?? 0;
    return count === 0 ? [] : [{ text: `${count} resources still run on ${node}.` }];
  };
}

/** Nothing of the cluster is there any more, and it is left alone. */
export function isEvacuated(node: string): Expectation {
  return (status) => {
    const seen = status.nodes.find(({ name }) => name === node);
    if (seen === undefined || seen.state === 'maintenance') return [];
    const advice =
      'what is not managed does not move, nor does what fails to stop: holdfast status';
    return [{ text: `${node} is not empty yet: it is ${seen.state}, not in maintenance.`, advice }];
  };
}

/** Everything runs that has no good reason not to: somebody wants it so, or there is nothing to do about it. */
export const allIsWell: Expectation = (status) =>
  status.resources
    .filter(({ whyNot }) => whyNot?.onPurpose !== true)
    .flatMap((resource) => notRunning(resource).filter(({ advice }) => advice !== undefined));

function notRunning(resource: ResourceView | undefined): readonly Unmet[] {
  if (resource?.whyNot === undefined) return [];
  const { reason, advice } = resource.whyNot;
  const says = reason.startsWith(`${resource.id} does not run`);
  return [{ text: says ? reason : `${resource.id} does not run as wanted: ${reason}`, advice }];
}

function find(resources: readonly ResourceView[], id: string): ResourceView | undefined {
  for (const resource of resources) {
    const found = resource.id === id ? resource : find(resource.children, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

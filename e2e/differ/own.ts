/** Holdfast's side: the same code that `holdfast simulate` runs, in this process, with a limit. */
import { runInThisContext } from 'node:vm';
import { schedule } from '../../src/core/scheduler/schedule.ts';
import { planAnswer } from '../../src/offline/answer.ts';
import type { Answer } from '../../src/offline/answer.ts';
import { pictureOfCib } from '../../src/offline/inputs.ts';
import { decisionTime } from '../../src/offline/time.ts';
import { cycleIn } from './graph.ts';
import type { ActionGraph, ComparedAction } from './graph.ts';

export type OwnAnswer =
  | {
      readonly kind: 'graph';
      readonly graph: ActionGraph;
      readonly answer: Answer;
      readonly wallMs: number;
    }
  /** The file is broken; it says where. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It threw, did not end in time, or would wait for itself for ever: all are defects. */
  | { readonly kind: 'failed'; readonly why: string };

const TIMEOUT_MS = 20_000;

export function decideOwn(cib: string, timeoutMs = TIMEOUT_MS): OwnAnswer {
  try {
    return within(timeoutMs, () => decideUnlimited(cib));
  } catch (error) {
    return { kind: 'failed', why: reasonOf(error) };
  }
}

/** For whoever has a limit of its own around it: one of its own costs more than most decisions. */
export function decideUnlimited(cib: string): OwnAnswer {
  const begin = performance.now();
  try {
    const answer = answerTo(cib);
    if ('refused' in answer) return { kind: 'refused', why: answer.refused };
    const graph = graphOf(answer);
    const cycle = cycleIn(graph);
    if (cycle !== undefined) return { kind: 'failed', why: `a cycle: ${cycle}` };
    return { kind: 'graph', graph, answer, wallMs: performance.now() - begin };
  } catch (error) {
    return { kind: 'failed', why: reasonOf(error) };
  }
}

/** The message and where it was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /\bsrc\/[\w./-]+:\d+/.exec(error.stack ?? '')?.[0];
  return place === undefined ? error.message : `${error.message} (${place})`;
}

function answerTo(cib: string): Answer | { readonly refused: string } {
  const result = pictureOfCib(cib, 'cib.xml');
  if ('errors' in result) return { refused: result.errors.join('; ') };
  const { picture } = result;
  return planAnswer('', schedule(picture, decisionTime(picture, undefined)));
}

const LIMITED = '__holdfastLimited';

/** Runs synchronous work; throws when it does not end in time, so that a hang is found as such. */
export function within<T>(timeoutMs: number, work: () => T): T {
  let result: { readonly value: T } | undefined;
  const run = (): void => {
    result = { value: work() };
  };
  Object.defineProperty(globalThis, LIMITED, { value: run, configurable: true });
  runInThisContext(`${LIMITED}()`, { timeout: timeoutMs });
  if (result === undefined) throw new Error('it did not run');
  return result.value;
}

export function graphOf(answer: Pick<Answer, 'actions' | 'order'>): ActionGraph {
  const compared = (action: Answer['actions'][number]): ComparedAction | undefined => {
    if (action.pseudo) return undefined;
    const { op = '', of = '', when = '', method = '' } = action;
    const isNotify = op === 'notify';
    return {
      operation: op,
      resource: action.rsc ?? '',
      node: action.node ?? '',
      intervalMs: isNotify || op === 'fence' ? 0 : (action.interval ?? 0),
      detail: isNotify ? `${when}-${of}` : op === 'cancel' ? of : method,
    };
  };
  return {
    actions: new Map(answer.actions.map((action) => [String(action.id), compared(action)])),
    order: answer.order.map(([first, then]) => [String(first), String(then)]),
  };
}

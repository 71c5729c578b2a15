/** What the store gives back: effects for the world, answers for whoever asked. */
import { reportAnswered } from '../executor/report.ts';
import type { StoreOutput } from '../store/types.ts';
import { without } from '../cluster/order.ts';
import type { NodeState, Step } from './state.ts';
import type { NodeEffect } from './types.ts';

type Answer = Extract<StoreOutput, { kind: 'answer' }>;

export function takeAnswers(node: NodeState, outputs: readonly StoreOutput[]): Step {
  const effects: NodeEffect[] = [];
  let next = node;
  for (const output of outputs) {
    if (output.kind !== 'answer') {
      effects.push(output);
      continue;
    }
    const step = takeAnswer(next, output);
    next = step.node;
    effects.push(...step.effects);
  }
  return { node: next, effects };
}

/** Tags begin with a word that says whose they are. */
function takeAnswer(node: NodeState, answer: Answer): Step {
  const [owner = '', ...rest] = answer.tag.split(' ');
  const tag = rest.join(' ');
  const applied = answer.result.kind === 'applied';
  switch (owner) {
    case 'request':
      return { node, effects: [{ kind: 'reply', tag, result: replyOf(answer.result) }] };
    case 'report':
      return {
        node: { ...node, executor: reportAnswered(node.executor, tag, applied) },
        effects: [],
      };
    case 'plan':
      return { node: planAnswered(node, Number(tag), applied), effects: [] };
    case 'fence':
      return { node: fenceAnswered(node, tag, applied), effects: [] };
    default:
      return { node: { ...node, asked: without(node.asked, answer.tag) }, effects: [] };
  }
}

type Result = Answer['result'];

/** A command that was ordered and found impossible is a refusal for the client. */
function replyOf(result: Result): Result {
  if (result.kind !== 'applied') return result;
  const { answer } = result;
  if (typeof answer === 'object' && answer !== null && 'refused' in answer) {
    return { kind: 'refused', reason: String(answer.refused) };
  }
  return result;
}

/**
 * In the order it was used or refused, and the next decision may be made. Outside it is given again
 * with the next input, as long as nothing has overtaken it: asking anew at once might never end.
 */
function planAnswered(node: NodeState, number: number, applied: boolean): NodeState {
  const { deciding } = node;
  if (deciding?.number !== number) return node;
  return { ...node, deciding: applied ? undefined : { ...deciding, sent: false } };
}

/** A fence result that was taken is forgotten; one that was not is told again. */
function fenceAnswered(node: NodeState, id: string, applied: boolean): NodeState {
  const fence = node.fences[id];
  if (fence === undefined) return node;
  if (applied) return { ...node, fences: without(node.fences, id) };
  return { ...node, fences: { ...node.fences, [id]: { ...fence, asked: false } } };
}

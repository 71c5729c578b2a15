/** A plan as plain JSON: the form that the conformance scorer reads, one object per input. */
import type { NodeName } from '../core/model/ids.ts';
import type { ActionKind, Placement, Plan, PlannedAction } from '../core/model/plan.ts';

export interface Answer {
  readonly case: string;
  readonly actions: readonly AnswerAction[];
  readonly order: Plan['order'];
  readonly placement: readonly {
    readonly rsc: string;
    readonly node: NodeName;
    readonly role: string;
  }[];
  readonly error: string | null;
}

interface AnswerAction {
  readonly id: number;
  readonly op?: string;
  readonly rsc?: string;
  readonly node?: NodeName;
  readonly interval?: number;
  readonly when?: 'pre' | 'post';
  readonly of?: string;
  readonly method?: 'reboot' | 'off' | 'on';
  readonly pseudo?: true;
  readonly timeout?: number;
  readonly expected_rc?: number;
}

export function planAnswer(name: string, plan: Plan): Answer {
  return {
    case: name,
    actions: plan.actions.map(answerAction),
    order: plan.order,
    placement: plan.placements.map(answerPlacement),
    error: null,
  };
}

export function errorAnswer(name: string, error: string): Answer {
  return { case: name, actions: [], order: [], placement: [], error };
}

function answerPlacement(placement: Placement): Answer['placement'][number] {
  return { rsc: placement.resource, node: placement.node, role: placement.role };
}

function answerAction(action: PlannedAction): AnswerAction {
  if (action.pseudo) return { id: action.id, pseudo: true };
  const { operation } = action;
  return {
    id: action.id,
    op: operationWord(action),
    ...actionSubject(action),
    ...(action.node !== undefined && { node: action.node }),
    ...(hasInterval(action) && { interval: action.intervalMs }),
    ...(action.kind === 'notify' && action.when !== undefined && { when: action.when }),
    ...(action.of !== undefined && { of: action.of }),
    ...(action.kind === 'fence' && { method: action.fenceMethod ?? 'reboot' }),
    ...(operation && {
      timeout: operation.timeoutMs,
      expected_rc: operation.expectedExitCode,
    }),
  };
}

/** Fencing and shutdown are about a node alone. */
function actionSubject(action: PlannedAction): { readonly rsc?: string } {
  if (action.kind === 'fence' || action.kind === 'shutdown') return {};
  const subject = action.instance ?? action.resource;
  return subject === undefined ? {} : { rsc: subject };
}

function hasInterval(action: PlannedAction): boolean {
  return action.intervalMs > 0 || action.kind === 'monitor' || action.kind === 'cancel';
}

const WORDS: Partial<Readonly<Record<ActionKind, string>>> = { 'delete-history': 'delete' };

/** The end of a shutdown lock forgets history by a command to the record, not on the node. */
function operationWord(action: PlannedAction): string {
  if (action.name.includes('_lrm_delete_')) return 'forget';
  return WORDS[action.kind] ?? action.kind;
}

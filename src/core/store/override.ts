/** The operator's word that a frozen view may act although newer changes may be lost. */
import { answer } from './pending.ts';
import { askForGather } from './round.ts';
import type { Draft } from './state.ts';
import { note } from './state.ts';

const overridesMax = 16;

export function overrideFreeze<S, C>(draft: Draft<S, C>, tag: string): void {
  const reason = whyNot(draft);
  if (reason !== undefined) {
    answer(draft, { tag }, { kind: 'refused', reason });
    return;
  }
  draft.overrides = [...draft.overrides, { tag, view: draft.engine.view }];
  askForGather(draft, true);
}

function whyNot<S, C>(draft: Draft<S, C>): string | undefined {
  const { group } = draft;
  if (group === undefined || group.opening.acting || group.verdict.kind !== 'frozen') {
    return 'the cluster is not frozen here';
  }
  if (!group.opening.quorate) return 'the cluster has no quorum here; that cannot be overridden';
  if (!group.holds) return 'this node has to get the state of the cluster first';
  return draft.overrides.length >= overridesMax ? 'it is being overridden already' : undefined;
}

/** After a view has opened: it acts now, or it still does not and says why. */
export function answerOverrides<S, C>(draft: Draft<S, C>): void {
  const { overrides, group, line } = draft;
  draft.overrides = [];
  for (const { tag, view } of overrides) {
    if (group?.opening.acting === true) {
      note(draft, 'overridden', `an operator let epoch ${group.opening.epoch.number} act`);
      answer(draft, { tag }, { kind: 'applied', answer: null, index: line.applied });
    } else if (view === draft.engine.view && group?.verdict.kind === 'frozen') {
      const reason = `${group.verdict.reason}; this cannot be overridden`;
      answer(draft, { tag }, { kind: 'refused', reason });
    } else {
      answer(draft, { tag }, { kind: 'unknown', reason: 'the view changed' });
    }
  }
}

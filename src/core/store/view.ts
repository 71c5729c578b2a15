/** What the store says of itself to the rest of the node. */
import type { NodeName } from '../model/ids.ts';
import { clockRefusal } from './clocks.ts';
import { silentNodes } from './hearing.ts';
import { isMute } from './hearing.ts';
import { epochOf } from './line.ts';
import type { Draft, Finding } from './state.ts';
import { self } from './state.ts';
import { quorumWord } from './unbroken.ts';
import type { StoreView } from './types.ts';
import { levelRefusal } from './unable.ts';

export function viewOf<S, C>(draft: Draft<S, C>): StoreView {
  const { engine, line } = draft;
  const opening = draft.group?.opening ?? line.opening;
  const isOpen = draft.alone === undefined && opening !== undefined;
  return {
    phase: phaseOf(draft),
    ring: engine.ring,
    epoch: opening?.acting === true ? opening.epoch.number : epochOf(line),
    // The word of the engine counts at once when it is "no".
    quorate: isOpen && opening.quorate && quorumWord(draft) !== false,
    members: opening?.members ?? [],
    dc: opening?.dc,
    self: self(draft),
    silent: silentNodes(draft),
    joining: joiningNodes(draft),
    findings: draft.findings.filter((each) => isNews(draft, each)).map(sentence),
    refused: draft.refused,
  };
}

/**
 * That it is joining is news only while it is so; that its disk refuses is said by the phase, that it
 * stalled by the node, to all.
 */
function isNews<S, C>(draft: Draft<S, C>, { code }: Finding): boolean {
  const { joining } = draft;
  if (code === 'joining') return joining !== undefined;
  if (code.startsWith('clock ') || code.startsWith('level '))
    return joiningNodes(draft).some((node) => code.endsWith(` ${node}`));
  return code !== 'disk-failed' && code !== 'stalled';
}

function phaseOf<S, C>(draft: Draft<S, C>): StoreView['phase'] {
  const { alone, unreadable, disk, group, gathering } = draft;
  if (alone !== undefined) return { kind: 'alone', reason: alone };
  if (unreadable !== undefined) return { kind: 'unreadable', reason: unreadable };
  if (gathering !== undefined) return { kind: 'gathering', waitsFor: waitsFor(draft) };
  if (group === undefined) return { kind: 'starting' };
  const isMember = group.opening.members.some((each) => each.node === self(draft));
  if (!group.holds || !isMember) return joiningPhase(draft, group.opening.dc);
  if (draft.hearing.awaited !== undefined) return { kind: 'gathering', waitsFor: [self(draft)] };
  if (disk.failed !== undefined) return { kind: 'disk-failed', reason: disk.failed.reason };
  const { acting, quorate } = group.opening;
  if (acting || !quorate || group.verdict.kind !== 'frozen') return { kind: 'open', acting };
  const { reason, waitsFor: nodes } = group.verdict;
  return { kind: 'frozen', reason, waitsFor: nodes };
}

function joiningPhase<S, C>(draft: Draft<S, C>, dc: NodeName): StoreView['phase'] {
  const { joining } = draft;
  const reason = joining === undefined ? undefined : (levelRefusal(draft) ?? clockRefusal(draft));
  return { kind: 'gathering', waitsFor: [dc], ...(reason === undefined ? {} : { reason }) };
}

/** First those whose announcement is missing, then those whose disks are. */
function waitsFor<S, C>(draft: Draft<S, C>): readonly NodeName[] {
  const { gathering, engine } = draft;
  const names = engine.members.map((member) => member.node);
  const { announced = {}, outcome, persisted = [] } = gathering ?? {};
  if (outcome === undefined) {
    return names.filter((node) => announced[node] === undefined && !isMute(draft, node));
  }
  return outcome.rule.counted.filter((node) => !persisted.includes(node));
}

function joiningNodes<S, C>(draft: Draft<S, C>): readonly NodeName[] {
  const { group, engine } = draft;
  if (group === undefined) return [];
  const members = new Set(group.opening.members.map((each) => each.node));
  return engine.members.map((each) => each.node).filter((node) => !members.has(node));
}

function sentence(finding: Finding): string {
  return finding.times === 1 ? finding.text : `${finding.text} (${finding.times} times)`;
}

/** What commands have set beside the configuration: every one shown, with its end. */
import { emptiesNode } from '../cluster/marks.ts';
import type { Mark, Marks } from '../cluster/marks.ts';
import type { NodeName } from '../model/ids.ts';
import { assertNever } from '../model/ids.ts';
import type { MarkView } from './types.ts';

export function markView(mark: Mark): MarkView {
  return {
    id: mark.id,
    kind: mark.kind,
    ...words(mark),
    by: mark.by,
    setAt: mark.setAt,
    ...(mark.expiresAt === undefined ? {} : { expiresAt: mark.expiresAt }),
    ...('resource' in mark ? { resource: mark.resource } : {}),
    ...('node' in mark ? { node: mark.node } : {}),
  };
}

/** A command lets nothing of the cluster be on the node. */
export const isEmptied = (marks: Marks, node: NodeName): boolean =>
  Object.values(marks).some((mark) => emptiesNode(mark, node));

function words(mark: Mark): { text: string; undo: string } {
  switch (mark.kind) {
    case 'node-standby':
      return {
        text: `${mark.node} is in standby: nothing runs there`,
        undo: `holdfast node online ${mark.node}`,
      };
    case 'node-maintenance':
      return {
        text: maintenanceText(mark),
        undo: `holdfast node online ${mark.node}`,
      };
    case 'resource-maintenance':
      return {
        text: `${mark.resource} is in maintenance: it is not started, stopped or monitored`,
        undo: `holdfast resource maintenance ${mark.resource} --off`,
      };
    case 'target-role':
      return targetWords(mark);
    case 'move':
      return moveWords(mark);
    case 'restart':
      return {
        text: `${mark.resource} is restarted once`,
        undo: `holdfast resource start ${mark.resource}`,
      };
    case 'node-attribute':
      return {
        text: `${mark.name} of ${mark.node} is ${shortened(mark.value)}`,
        undo: `holdfast attribute remove ${mark.name} --permanent --node ${mark.node}`,
      };
    case 'cluster-attribute':
      return {
        text: `${mark.name} of the cluster is ${shortened(mark.value)}`,
        undo: `holdfast attribute remove ${mark.name}`,
      };
    default:
      return assertNever(mark);
  }
}

function maintenanceText({ node, evacuation }: Mark & { kind: 'node-maintenance' }): string {
  if (evacuation === 'wanted') {
    return `${node} is evacuated: everything moves away, then nothing is touched there`;
  }
  const empty = evacuation === 'done' ? 'is empty and ' : 'is ';
  return `${node} ${empty}in maintenance: nothing is started, stopped or monitored there`;
}

function targetWords(mark: Mark & { kind: 'target-role' }): { text: string; undo: string } {
  const { resource, role } = mark;
  return role === 'Stopped'
    ? { text: `${resource} is stopped`, undo: `holdfast resource start ${resource}` }
    : {
        text: `${resource} is to run although its target-role says otherwise`,
        undo: `holdfast resource stop ${resource}`,
      };
}

function moveWords(mark: Mark & { kind: 'move' }): { text: string; undo: string } {
  const undo = `holdfast resource clear ${mark.resource}`;
  if (mark.to !== undefined) return { text: `${mark.resource} is moved to ${mark.to}`, undo };
  return { text: `${mark.resource} is kept away from ${mark.away ?? 'where it ran'}`, undo };
}

const VALUE_SHOWN_MAX = 64;

function shortened(value: string): string {
  const shown = value.length <= VALUE_SHOWN_MAX ? value : `${value.slice(0, VALUE_SHOWN_MAX)}…`;
  return `"${shown}"`;
}

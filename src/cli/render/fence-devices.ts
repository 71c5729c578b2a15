/** Fence devices, in words: whom each one reaches, how that is known, and whom it answers. */
import type { FenceDeviceView } from '../../core/view/types.ts';
import type { Look } from './look.ts';
import { table, wrap } from './text.ts';

export function deviceLines(
  devices: readonly FenceDeviceView[],
  { style, columns }: Look,
): readonly string[] {
  const rows = table([
    ['device', 'agent', 'reaches', 'known by', 'answers'].map(style.dim),
    ...devices.map((device) => [
      device.id,
      device.agent,
      reachedText(device, style),
      KNOWN_BY[device.hostCheck],
      answerText(device, style),
    ]),
  ]);
  const reasons = devices.flatMap(({ id, reason }) => {
    if (reason === undefined) return [];
    const text = `${id} has not said whom it reaches, and is tried for every node: ${reason}`;
    return wrap(text, columns, '');
  });
  return [...rows, ...reasons];
}

const KNOWN_BY: Readonly<Record<FenceDeviceView['hostCheck'], string>> = {
  'static-list': 'its hosts',
  'dynamic-list': 'its list',
  status: 'its status',
  none: 'nothing',
};

function reachedText({ reaches, known }: FenceDeviceView, style: Look['style']): string {
  if (!known) return style.warn('every node?');
  if (reaches.length === 0) return style.bad('no node');
  return reaches.map(({ node, port }) => (node === port ? node : `${node}=${port}`)).join(' ');
}

function answerText({ answers }: FenceDeviceView, style: Look['style']): string {
  if (answers.length === 0) return style.dim('not asked');
  const silent = answers.filter(({ ok }) => !ok).map(({ from }) => from);
  return silent.length === 0 ? style.good('all') : style.bad(`not ${silent.join(' ')}`);
}

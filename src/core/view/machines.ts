/** Machines and containers that run on a node and that nobody manages: what could be adopted. */
import { MACHINES_ATTRIBUTE, parseUnmanaged } from '../model/machines.ts';
import type { Unmanaged } from '../model/machines.ts';
import { listText } from './names.ts';
import type { Reading } from './reading.ts';
import type { Note } from './types.ts';

const SHOWN_MAX = 4;

export function suggestions({ nodes, local }: Reading): Note[] {
  const told = new Map<string, string[]>();
  for (const { name, condition, attributes } of nodes) {
    const words = attributes[MACHINES_ATTRIBUTE];
    if (condition !== 'online' || words === undefined) continue;
    // Daemons of the local engine share a machine: they see the same ones.
    const key = local.engine === 'local' ? words : `${name} ${words}`;
    told.set(key, [...(told.get(key) ?? []), name]);
  }
  return [...told].flatMap(([key, on]) => {
    const words = local.engine === 'local' ? key : key.slice((on[0] ?? '').length + 1);
    const { named, more } = parseUnmanaged(words);
    return [
      ...suggestion('vm', named, more, on[0] ?? ''),
      ...suggestion('container', named, more, on[0] ?? ''),
    ];
  });
}

const WORDS = {
  vm: { one: 'machine', many: 'machines', option: '--vms' },
  container: { one: 'container', many: 'containers', option: '--containers' },
} as const;

/** Where not all are named, their number is at least this. */
function suggestion(
  kind: Unmanaged['kind'],
  all: readonly Unmanaged[],
  more: number,
  node: string,
): Note[] {
  const names = all.filter((one) => one.kind === kind).map(({ name }) => name);
  if (names.length === 0) return [];
  const { one, many, option } = WORDS[kind];
  const shown = names.slice(0, SHOWN_MAX);
  const rest = names.length - shown.length;
  const count = more > 0 ? `At least ${names.length}` : String(names.length);
  const what = names.length === 1 ? `${one} on ${node} is` : `${many} on ${node} are`;
  const which = listText(rest > 0 ? [...shown, `${rest} more`] : shown);
  return [
    {
      severity: 'info',
      text: `${count} ${what} not managed: ${which}.`,
      advice: `holdfast adopt ${option} --dry-run (--ignore NAME ends this)`,
    },
  ];
}

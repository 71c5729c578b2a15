/** The status as one screen. */
import type {
  MarkView,
  NodeView,
  Note,
  QuorumView,
  StatusView,
  StepView,
} from '../../core/view/types.ts';
import type { Style } from '../terminal.ts';
import { fencingText } from './fencing.ts';
import { adviceLines } from './look.ts';
import type { Look } from './look.ts';
import { resourceLines } from './resources.ts';
import { table, wrap } from './text.ts';
import { clock, span } from './time.ts';
import { transferLine } from './transfer.ts';

const FAILURES_MAX = 5;
const FENCING_SHOWN_MS = 24 * 3_600_000;

export function statusLines(status: StatusView, look: Look): readonly string[] {
  return [
    ...headLines(status, look),
    ...section('Alarms', alarmLines(status.alarms, look), look),
    ...section('Nodes', nodeLines(status, look), look),
    ...section('Resources', resourceLines(status, look), look),
    ...section('Failed', failureLines(status, look), look),
    ...section('Fencing', fencingLines(status, look), look),
    ...section('By command', markLines(status, look), look),
    ...section('Under way', stepLines(status.underWay, status.now, look), look),
    ...section('Next', stepLines(status.next.filter(isNoMark), status.now, look), look),
  ];
}

function section(title: string, lines: readonly string[], { style }: Look): readonly string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

function headLines(status: StatusView, { style, columns }: Look): readonly string[] {
  const { cluster, quorum, configuration, nodes } = status;
  const counted = `${quorum.members.length} of ${Math.max(nodes.length, quorum.members.length)} nodes`;
  const parts = [
    `cluster ${style.bold(cluster.name)}`,
    quorum.quorate ? `${style.good('quorum')}, ${counted}` : style.bad(`NO QUORUM, ${counted}`),
    quorum.dc === undefined ? 'no DC' : `DC ${quorum.dc}`,
    configuration.version === 0 ? 'no configuration' : `configuration ${configuration.version}`,
    status.settled
      ? style.good('settled')
      : quorum.acting
        ? style.warn('working')
        : style.bad('waiting'),
  ];
  const development = 'DEVELOPMENT: the local engine; all nodes are processes of one machine.';
  return [
    ...(cluster.development ? wrap(development, columns, '').map((line) => style.warn(line)) : []),
    parts.join(' · '),
    ...votesLines(quorum, columns).map((line) => style.dim(line)),
  ];
}

function votesLines({ votes }: QuorumView, columns: number): readonly string[] {
  if (votes === undefined) return [];
  const { present, expected, needed, outlook, rules, device } = votes;
  const parts = [
    `votes: ${present} of ${expected}, ${needed} needed; ${outlook}`,
    ...(rules.length === 0 ? [] : [rules.join(', ')]),
    ...(device === undefined ? [] : [`the quorum device ${device.text}`]),
  ];
  return wrap(parts.join(' · '), columns, '', '  ');
}

function alarmLines(alarms: readonly Note[], { style, columns }: Look): readonly string[] {
  const paint = { error: style.bad, warning: style.warn, info: style.dim };
  return alarms.flatMap(({ severity, text, advice }) => [
    ...wrap(text, columns, '  ! ', '    ').map((line) => paint[severity](line)),
    ...adviceLines(advice, columns, '    '),
  ]);
}

function nodeLines(status: StatusView, look: Look): readonly string[] {
  const { style, columns } = look;
  const rows = table(
    status.nodes.map((node) => [
      `  ${node.name}`,
      nodeState(node, style),
      node.running === 0 ? '' : `${node.running} ${node.running === 1 ? 'resource' : 'resources'}`,
      [node.dc ? 'DC' : '', node.self ? 'answers' : ''].filter((word) => word !== '').join(', '),
    ]),
  );
  return rows.flatMap((row, index) => {
    const node = status.nodes[index];
    if (node === undefined || node.state === 'online') return [row];
    return [row, ...wrap(nodeReason(node, status.now), columns, '      ')];
  });
}

function nodeState(node: NodeView, style: Style): string {
  switch (node.state) {
    case 'online':
      return style.good('online');
    case 'lost':
      return style.bad('LOST');
    case 'down':
    case 'unseen':
      return style.bad(node.state);
    case 'standby':
    case 'maintenance':
    case 'leaving':
    case 'joining':
    case 'held':
      return style.warn(node.state);
  }
}

function nodeReason(node: NodeView, now: number): string {
  const until = node.until === undefined ? '' : `, until ${clock(node.until, now)}`;
  return `since ${clock(node.since, now)}: ${node.because}${until}`;
}

function failureLines(status: StatusView, { style, columns }: Look): readonly string[] {
  const shown = status.failures.slice(0, FAILURES_MAX);
  const lines = shown.flatMap((failure) => {
    const at = failure.at === undefined ? '' : `${clock(failure.at, status.now)}  `;
    const what = `${failure.operation} of ${failure.resource} on ${failure.node} ${failure.text}`;
    const said = failure.exitReason ?? failure.lastLine;
    const text = said === undefined ? what : `${what}: ${said}`;
    return wrap(text, columns, `  ${at}`, '      ').map((line) => style.bad(line));
  });
  const more = status.failures.length - shown.length;
  return more > 0 ? [...lines, `  … and ${more} more: holdfast status -o json`] : lines;
}

function fencingLines(status: StatusView, { style, columns }: Look): readonly string[] {
  return status.fencing.flatMap((fencing) => {
    const { endedAt } = fencing;
    if (endedAt === undefined || status.now - endedAt > FENCING_SHOWN_MS) return [];
    const paint = fencing.ok === true ? (part: string): string => part : style.bad;
    const line = `${clock(endedAt, status.now)}  ${fencingText([fencing])}`;
    return wrap(line, columns, '  ', '      ').map(paint);
  });
}

function markLines(status: StatusView, { style, columns }: Look): readonly string[] {
  return status.marks.flatMap((mark) => [
    ...wrap(`${mark.text}, by ${mark.by}${endText(mark, status.now)}`, columns, '  ', '      '),
    style.dim(`      undo: ${mark.undo}`),
  ]);
}

function endText(mark: MarkView, now: number): string {
  if (mark.expiresAt === undefined) return ', until it is taken back';
  const left = Math.max(0, mark.expiresAt - now);
  return `, until ${clock(mark.expiresAt, now)} (${span(left)} left)`;
}

/** The ends of marks are shown with the marks. */
const isNoMark = (step: StepView): boolean =>
  step.kind !== 'time' || !step.text.startsWith('ends: ');

function stepLines(
  steps: readonly StepView[],
  now: number,
  { style, columns }: Look,
): readonly string[] {
  return steps.flatMap((step) => {
    const lines = [
      ...wrap(stepText(step, now), columns, '  ', '      '),
      ...(step.transfer === undefined
        ? []
        : wrap(transferLine(step.transfer), columns, '      ', '      ')),
    ];
    if (step.reason === undefined) return lines;
    return [...lines, ...wrap(step.reason, columns, '      ').map((line) => style.dim(line))];
  });
}

function stepText(step: StepView, now: number): string {
  const at = step.at === undefined ? '' : `${clock(step.at, now)}  `;
  const since = step.startedAt === undefined ? '' : ` (for ${span(now - step.startedAt)})`;
  const after = step.waitsFor === undefined ? '' : `, after: ${step.waitsFor}`;
  return `${at}${step.text}${since}${after}`;
}

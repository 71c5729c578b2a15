/** The tree of resources: where each is, and for the others why not and what to do. */
import type { InstanceView, ResourceView, StatusView, WhyNot } from '../../core/view/types.ts';
import type { Style } from '../terminal.ts';
import { adviceLines } from './look.ts';
import type { Look } from './look.ts';
import { cut, table, wrap } from './text.ts';
import { clock } from './time.ts';

interface Row {
  readonly cells: readonly string[];
  readonly whyNot: WhyNot | undefined;
  readonly indent: string;
  /** What agents think of promoting it where. */
  readonly scores: readonly string[];
}

export function resourceLines(status: StatusView, look: Look): readonly string[] {
  const rows = status.resources.flatMap((resource) => rowsOf(resource, status, look, 1));
  const lines = table(rows.map(({ cells }) => cells));
  return rows.flatMap(({ whyNot, indent, scores }, index) => [
    lines[index] ?? '',
    ...scores,
    ...whyLines(withoutKnownAdvice(whyNot, status), indent, look),
  ]);
}

/** What an alarm on the same screen advises is not repeated for each resource. */
function withoutKnownAdvice(whyNot: WhyNot | undefined, status: StatusView): WhyNot | undefined {
  const known = status.alarms.some(
    ({ advice }) => advice !== undefined && advice === whyNot?.advice,
  );
  return whyNot !== undefined && known ? { reason: whyNot.reason } : whyNot;
}

function whyLines(whyNot: WhyNot | undefined, indent: string, look: Look): readonly string[] {
  if (whyNot === undefined) return [];
  const { style, columns } = look;
  return [
    ...wrap(whyNot.reason, columns, indent).map((line) => style.warn(line)),
    ...adviceLines(whyNot.advice, columns, indent),
  ];
}

/** Three levels at most: clone, group, primitive. */
function rowsOf(
  resource: ResourceView,
  status: StatusView,
  look: Look,
  depth: number,
): readonly Row[] {
  const indent = '  '.repeat(depth);
  const shared = sharedReason(resource);
  // Its members may all run, and the clone not do what it is there for.
  const isOwn = resource.children.every(({ whyNot }) => whyNot === undefined);
  const own = isOwn ? resource.whyNot : shared;
  const children = shared === undefined ? resource.children : resource.children.map(withoutReason);
  return [
    {
      cells: [
        cut(`${indent}${resource.id}`, 28),
        kindText(resource),
        stateText(resource, look.style),
        details(resource, status.now),
      ],
      whyNot: own,
      indent: `${indent}    `,
      scores: scoreLines(resource, look, `${indent}    `),
    },
    ...children.flatMap((child) => rowsOf(child, status, look, depth + 1)),
  ];
}

function scoreLines(
  { on }: ResourceView,
  { columns, style }: Look,
  indent: string,
): readonly string[] {
  const scores = on.flatMap(({ node, promotionScore }) =>
    promotionScore === undefined ? [] : [`${node} ${promotionScore}`],
  );
  if (scores.length === 0) return [];
  const text = `promotion scores: ${scores.join(', ')}`;
  return wrap(text, columns, indent, `${indent}  `).map(style.dim);
}

/** Said once where all members that do not run have the same. */
function sharedReason(resource: ResourceView): WhyNot | undefined {
  const reasons = resource.children.flatMap((child) => child.whyNot ?? []);
  const texts = new Set(reasons.map(({ reason, advice }) => `${reason}\n${advice ?? ''}`));
  return texts.size === 1 && reasons.length === resource.children.length ? reasons[0] : undefined;
}

function withoutReason(resource: ResourceView): ResourceView {
  const { whyNot: _, ...rest } = resource;
  return { ...rest, children: resource.children.map(withoutReason) };
}

/** The agent's last word is enough beside the name: `IPaddr2`. */
function kindText({ kind, agent }: ResourceView): string {
  return kind === 'primitive' ? (agent?.split(':').at(-1) ?? kind) : kind;
}

function stateText(resource: ResourceView, style: Style): string {
  const places = placesText(resource.on);
  const word = { ...WORD, running: '' }[resource.state];
  const paint = { ...paints(style) }[resource.state];
  const text = [word, places].filter((part) => part !== '').join(' ');
  const unmanaged = resource.managed ? '' : style.warn(' (unmanaged)');
  return `${paint(text === '' ? 'running' : text)}${unmanaged}`;
}

const WORD = {
  partly: 'partly',
  starting: 'starting on',
  stopping: 'stopping on',
  changing: 'changing on',
  stopped: 'STOPPED',
  failed: 'FAILED on',
  unclean: 'UNCLEAN on',
  unknown: 'not known yet',
} as const;

function paints(style: Style): Readonly<Record<ResourceView['state'], (text: string) => string>> {
  const { good, warn, bad } = style;
  return {
    running: good,
    partly: warn,
    starting: warn,
    stopping: warn,
    changing: warn,
    stopped: bad,
    failed: bad,
    unclean: bad,
    unknown: warn,
  };
}

/** `n1`, or with roles `n1 Promoted, n2 and n3`. */
function placesText(on: readonly InstanceView[]): string {
  const promoted = on.filter(({ role }) => role === 'Promoted').map(({ node }) => node);
  const others = on.filter(({ role }) => role !== 'Promoted').map(({ node }) => node);
  const parts = [
    ...(promoted.length === 0 ? [] : [`${promoted.join(' ')} Promoted`]),
    ...(others.length === 0 ? [] : [others.join(' ')]),
  ];
  return parts.join(', ');
}

function details(resource: ResourceView, now: number): string {
  if (resource.children.length > 0) return '';
  const [only] = resource.on;
  const failCount = Math.max(0, ...resource.on.map((instance) => instance.failCount ?? 0));
  const parts = [
    ...(only?.since !== undefined && resource.on.length === 1 && resource.state === 'running'
      ? [`since ${clock(only.since, now)}`]
      : []),
    ...(failCount === 0
      ? []
      : [`failed ${failCount >= 1_000_000 ? 'for good' : times(failCount)}`]),
  ];
  return parts.join(', ');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** The answer to `holdfast why`. */
import type {
  Counterfactual,
  Explanation,
  InstanceExplanation,
  NodeExplanation,
  ScoreContribution,
} from '../../core/model/explanation.ts';
import { scoreText } from '../../core/model/score.ts';
import type { WhyActionView, WhyView } from '../../core/view/types.ts';
import type { ExplainedAction } from '../../offline/why-actions.ts';
import { eventLines } from './history.ts';
import { adviceLines } from './look.ts';
import type { Look } from './look.ts';
import { wrap } from './text.ts';

export function whyLines(why: WhyView, now: number, look: Look): readonly string[] {
  const { style, columns } = look;
  const { explanation } = why;
  return [
    ...wrap(why.answer, columns, '').map((line) => style.bold(line)),
    ...adviceLines(why.advice, columns, ''),
    ...(explanation?.unpromoted === undefined ? [] : wrap(explanation.unpromoted, columns, '')),
    ...(explanation === undefined ? [] : scoreLines(explanation, look)),
    ...section('What would change it', changeLines(explanation, look), look),
    ...section('Its actions now', why.actions.flatMap(actionLines(look)), look),
    ...section('Nodes', nodeLines(why, look), look),
    ...section(
      'What led to it',
      why.story.flatMap((event) => eventLines(event, now, look)),
      look,
    ),
  ];
}

/** Without a cluster: what the scheduler says, and nothing of what happened. */
export function explanationLines(
  explanation: Explanation & { readonly actions?: readonly ExplainedAction[] },
  look: Look,
): readonly string[] {
  const { style, columns } = look;
  const { instances, resource, unpromoted, actions = [] } = explanation;
  const promoted = instances
    .filter(({ role }) => role === 'Promoted')
    .flatMap(({ node }) => node ?? []);
  const places = [...new Set(instances.flatMap(({ node }) => node ?? []))];
  const reasons = [...new Set(instances.flatMap(({ reason }) => reason ?? []))];
  const runs =
    places.length === 0
      ? []
      : [
          `${resource} is to run on ${places.join(', ')}${promoted.length === 0 ? '' : `, promoted on ${promoted.join(', ')}`}.`,
        ];
  return [
    ...[...runs, ...reasons, ...(unpromoted === undefined ? [] : [unpromoted])].flatMap((text) =>
      wrap(text, columns, '').map(style.bold),
    ),
    ...scoreLines(explanation, look),
    ...section('What would change it', changeLines(explanation, look), look),
    ...section('What would be done, and why', actions.flatMap(actionLines(look)), look),
  ];
}

function section(title: string, lines: readonly string[], { style }: Look): readonly string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

function scoreLines(explanation: Explanation, look: Look): readonly string[] {
  const { instances, instancesLeftOut } = explanation;
  const alone = instances.length === 1;
  const lines = instances.flatMap((instance) => [
    '',
    look.style.bold(alone ? 'Scores' : `Scores of ${instance.instance}`),
    ...instanceLines(instance, look),
  ]);
  return instancesLeftOut === 0
    ? lines
    : [...lines, '', `… and ${instancesLeftOut} more instances`];
}

function instanceLines(instance: InstanceExplanation, look: Look): readonly string[] {
  const { nodes, decidedBy } = instance;
  const width = Math.max(0, ...nodes.map(({ node }) => node.length));
  const scoreWidth = Math.max(0, ...nodes.map(({ score }) => scoreText(score).length));
  const { blocked } = instance;
  const but = blocked === undefined ? '.' : `, but it is not begun: ${blocked}.`;
  const decided =
    decidedBy === undefined ? [] : wrap(`${decidedBy.text}${but}`, look.columns, '  ');
  return [
    ...nodes.flatMap((each) => {
      const score = scoreText(each.score).padStart(scoreWidth);
      const head = `  ${each.node.padEnd(width)}  ${score}  `;
      return wrap(madeOf(each), look.columns, head, ' '.repeat(head.length));
    }),
    ...decided,
  ].map((line) => line.trimEnd());
}

const CONTRIBUTIONS_MAX = 6;

function madeOf({ unavailable, contributions }: NodeExplanation): string {
  const told = contributions.filter(
    ({ source }) => unavailable === undefined || source !== 'default',
  );
  const shown = told.slice(0, CONTRIBUTIONS_MAX).map(contributionText);
  const left = told.length - shown.length;
  return [
    ...(unavailable === undefined ? [] : [unavailable]),
    ...shown,
    ...(left === 0 ? [] : [`${left} more`]),
  ].join(', ');
}

function contributionText({ source, from, score }: ScoreContribution): string {
  return `${sourceText(source, from)} ${scoreText(score)}`;
}

function sourceText(source: ScoreContribution['source'], from: string): string {
  switch (source) {
    case 'location':
    case 'colocation':
    case 'ticket':
      return `${source} ${from}`;
    case 'stickiness':
      return 'stickiness';
    case 'health':
      return 'node health';
    case 'promotion':
      return 'promotion score';
    case 'access':
      return `no access to the shared devices (${from})`;
    case 'failure':
    case 'capacity':
    case 'space':
    case 'role':
    case 'default':
      return from;
  }
}

function changeLines(explanation: Explanation | undefined, look: Look): readonly string[] {
  if (explanation === undefined) return [];
  const { resource, counterfactuals } = explanation;
  return counterfactuals.flatMap((each) => [
    ...wrap(sentence(resource, each), look.columns, '  ', '    '),
    ...each.changes.flatMap(({ command }) => adviceLines(command, look.columns, '    ')),
  ]);
}

function sentence(resource: string, { node, role, changes }: Counterfactual): string {
  const would = role === 'Promoted' ? 'be promoted' : 'run';
  return `${resource} would ${would} on ${node} if ${changes.map(({ text }) => text).join(' and ')}.`;
}

function actionLines(
  look: Look,
): (action: ExplainedAction & Partial<WhyActionView>) => readonly string[] {
  return ({ text, state, reason, waitsFor }) => {
    const now = state === undefined ? '' : `, ${state}`;
    const waits = waitsFor.length === 0 ? '' : `, after: ${waitsFor.join('; ')}`;
    return [
      ...wrap(`${text}${now}${waits}`, look.columns, '  ', '    '),
      ...wrap(`because: ${reason}`, look.columns, '      '),
    ];
  };
}

function nodeLines({ nodes, explanation }: WhyView, { style, columns }: Look): readonly string[] {
  const tooSmall = tooSmallIn(explanation);
  return nodes.flatMap((node) => {
    const word = node.chosen
      ? style.good('chosen')
      : node.possible && !tooSmall.has(node.node)
        ? 'possible'
        : style.bad('not possible');
    const facts = node.facts.flatMap((fact) => wrap(fact, columns, '      '));
    return [`  ${node.node}  ${word}`, ...facts];
  });
}

/** Nodes that have too little of what it uses: that is the scheduler's to know. */
function tooSmallIn(explanation: Explanation | undefined): ReadonlySet<string> {
  const all = (explanation?.instances ?? []).flatMap(({ nodes }) => nodes);
  const lacks = all.filter(({ contributions }) =>
    contributions.some(({ source }) => source === 'capacity'),
  );
  return new Set(lacks.map(({ node }) => node));
}

/** The answer to `holdfast why`. */
import type { WhyView } from '../../core/view/types.ts';
import { eventLines } from './history.ts';
import { adviceLines } from './look.ts';
import type { Look } from './look.ts';
import { wrap } from './text.ts';

export function whyLines(why: WhyView, now: number, look: Look): readonly string[] {
  const { style, columns } = look;
  return [
    ...wrap(why.answer, columns, '').map((line) => style.bold(line)),
    ...adviceLines(why.advice, columns, ''),
    '',
    style.bold('Nodes'),
    ...why.nodes.flatMap((node) => {
      const word = node.chosen
        ? style.good('chosen')
        : node.possible
          ? 'possible'
          : style.bad('not possible');
      const facts = node.facts.flatMap((fact) => wrap(fact, columns, '      '));
      return [`  ${node.node}  ${word}`, ...facts];
    }),
    ...(why.story.length === 0 ? [] : ['', style.bold('What led to it')]),
    ...why.story.flatMap((event) => eventLines(event, now, look)),
  ];
}

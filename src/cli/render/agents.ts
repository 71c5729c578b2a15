/** Agents: the list, and one with all its parameters. */
import type { AnswerOf } from '../../api/client-types.ts';
import { durationText } from '../../core/model/value.ts';
import type { Look } from './look.ts';
import { cut, table, wrap } from './text.ts';

export function agentListLines(
  agents: AnswerOf<'GET /v1/agents'>,
  { columns }: Look,
): readonly string[] {
  return table(agents.map(({ name, title }) => (title === undefined ? [name] : [name, title]))).map(
    (line) => cut(line, columns),
  );
}

export function agentLines(
  agent: AnswerOf<'GET /v1/agents/{agent}'>,
  look: Look,
): readonly string[] {
  const { style, columns } = look;
  return [
    `${style.bold(agent.name)}: ${agent.title}`,
    ...paragraphs(agent.description, columns, ''),
    '',
    style.bold('Parameters'),
    ...agent.parameters.flatMap((parameter) => [
      `  ${style.bold(parameter.name)}  ${parameterFacts(parameter)}`,
      ...paragraphs(parameter.description || parameter.title, columns, '      '),
    ]),
    '',
    style.bold('Operations'),
    ...table(
      agent.operations.map((operation) => [
        `  ${operation.name}`,
        operation.timeoutMs === undefined ? '' : `timeout ${durationText(operation.timeoutMs)}`,
        operation.intervalMs === undefined || operation.intervalMs === 0
          ? ''
          : `every ${durationText(operation.intervalMs)}`,
        operation.role ?? '',
      ]),
    ),
  ];
}

type Parameter = AnswerOf<'GET /v1/agents/{agent}'>['parameters'][number];

function parameterFacts(parameter: Parameter): string {
  return [
    parameter.type,
    ...(parameter.required ? ['required'] : []),
    ...(parameter.unique ? ['unique'] : []),
    ...(parameter.deprecated ? ['deprecated'] : []),
    ...(parameter.default === undefined ? [] : [`default ${parameter.default}`]),
  ].join(', ');
}

function paragraphs(text: string, columns: number, indent: string): readonly string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .filter((part) => part !== '')
    .flatMap((part) => wrap(part.trim(), columns, indent));
}

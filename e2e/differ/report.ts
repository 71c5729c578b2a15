/** What a campaign found, for people and for programs. */
import type { Finding, Verdict } from './campaign.ts';
import { actionText } from './graph.ts';
import type { Difference } from './graph.ts';

export interface Report {
  readonly peer: string;
  readonly compared: number;
  readonly same: number;
  readonly explained: number;
  /** Not made small: all that differs could follow from something explained. */
  readonly mayFollow: number;
  /** The rest. */
  readonly different: number;
  /** Holdfast gave no answer. */
  readonly failed: readonly string[];
  /** The peer gave none: these do not count. */
  readonly refused: readonly string[];
  /** 100 × same / compared; explained differences are no agreement. */
  readonly agreePercent: number;
  readonly kinds: readonly Kind[];
}

export interface Kind {
  readonly kind: string;
  readonly explanation: string | undefined;
  readonly count: number;
  /** Of the picture with the fewest. */
  readonly traits: readonly string[];
  /** Names of the pictures, the one with the fewest traits first. */
  readonly pictures: readonly string[];
}

export function makeReport(
  peer: string,
  verdicts: readonly (readonly [string, Verdict])[],
): Report {
  const whys = (kind: 'failed' | 'refused'): readonly string[] =>
    verdicts.flatMap(([name, verdict]) =>
      verdict.kind === kind ? [`${name}: ${verdict.why}`] : [],
    );
  const findings = verdicts.flatMap(([, verdict]) =>
    verdict.kind === 'differs' ? [verdict.finding] : [],
  );
  const refused = whys('refused');
  const same = verdicts.filter(([, { kind }]) => kind === 'same').length;
  const explained = findings.filter(({ explanation }) => explanation !== undefined).length;
  const mayFollow = findings.filter((finding) => finding.mayFollow).length;
  const compared = verdicts.length - refused.length;
  return {
    peer,
    compared,
    same,
    explained,
    mayFollow,
    different: findings.length - explained - mayFollow,
    failed: whys('failed'),
    refused,
    agreePercent: percentOf(same, compared),
    kinds: kindsOf(findings),
  };
}

/** Rounded down, so that 100 means all. */
export const percentOf = (part: number, whole: number): number =>
  whole === 0 ? 100 : Math.floor((part * 1000) / whole) / 10;

function kindsOf(findings: readonly Finding[]): readonly Kind[] {
  const groups = Map.groupBy(findings, ({ kind, explanation }) => `${explanation ?? ''}\n${kind}`);
  const kinds = [...groups.values()].map((group): Kind => {
    const ordered = group.toSorted((a, b) => a.traits.length - b.traits.length);
    const { kind = '', explanation, traits = [] } = ordered[0] ?? {};
    return {
      kind,
      explanation,
      count: group.length,
      traits,
      pictures: ordered.map(({ name }) => name),
    };
  });
  return kinds.toSorted((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}

/** One line; the figures have the names of the benchmark's. */
export function reportJson(report: Report): string {
  const { agreePercent, explained, mayFollow, different, compared, ...rest } = report;
  const figures = {
    'differ-agree-percent': agreePercent,
    'differ-explained-percent': percentOf(explained, compared),
    'differ-may-follow-percent': percentOf(mayFollow, compared),
    'differ-unexplained-percent': percentOf(different + rest.failed.length, compared),
  };
  const counts = { compared, explained, mayFollow, different };
  return `${JSON.stringify({ ...figures, ...counts, ...rest })}\n`;
}

export function reportText(report: Report): string {
  const { peer, compared, same, explained, mayFollow, different, failed, refused, kinds } = report;
  const lines = [
    `compared with ${peer}: ${compared} pictures, ${same} the same (${report.agreePercent} %), ` +
      `${explained} explained, ${mayFollow} may follow from what is explained, ` +
      `${different} different, ${failed.length} without an answer; ` +
      `the peer refused ${refused.length}`,
  ];
  for (const { count, kind, explanation, traits, pictures } of kinds) {
    const why = explanation === undefined ? '' : ` [${explanation}]`;
    lines.push('', `${String(count).padStart(4)}  ${kind}${why}`);
    lines.push(
      `      with ${traits.join(', ')}`,
      `      pictures ${pictures.slice(0, 12).join(' ')}`,
    );
  }
  lines.push(...[...failed, ...refused.slice(0, 10)].map((line) => `\n${line}`));
  return `${lines.join('\n')}\n`;
}

const LINES_MAX = 12;

/** What differs, a line each; - is in the peer's answer alone, + in Holdfast's. */
export function differenceText(difference: Difference): string {
  const { missing, extra, unordered, overOrdered } = difference;
  const lines = [
    ...missing.map((action) => `- ${actionText(action)}`),
    ...extra.map((action) => `+ ${actionText(action)}`),
  ];
  // Pairs with actions that differ say nothing new.
  if (lines.length === 0) {
    lines.push(...unordered.map(([first, then]) => `- ${first} → ${then}`));
    lines.push(...overOrdered.map(([first, then]) => `+ ${first} → ${then}`));
  }
  const rest = lines.length - LINES_MAX;
  return [...lines.slice(0, LINES_MAX), ...(rest > 0 ? [`… ${rest} more`] : [])].join('\n');
}

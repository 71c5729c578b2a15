/** `holdfast why` on a file: the scheduler's reasons without a daemon. */
import { knownNodeNames } from '../core/config/nodes.ts';
import { eachResource } from '../core/config/walk.ts';
import type { Explanation } from '../core/model/explanation.ts';
import { suggestionText } from '../core/model/nearest.ts';
import type { Picture } from '../core/model/picture.ts';
import { explainResource } from '../core/scheduler/explain.ts';
import { failed, readInput } from './commands.ts';
import type { Failed, SituationOptions } from './commands.ts';
import { decisionTime, parseTime } from './time.ts';

export interface ExplainOptions extends SituationOptions {
  readonly now?: string;
  readonly node?: string;
}

export type ExplainOutcome =
  | { readonly kind: 'explained'; readonly explanation: Explanation }
  | Failed;

export function explainCommand(resource: string, options: ExplainOptions): ExplainOutcome {
  const given = options.now === undefined ? undefined : parseTime(options.now);
  if (options.now !== undefined && given === undefined) {
    return failed('usage', `"${options.now}" is not a time: write 2026-07-01T12:00:00Z`);
  }
  const input = readInput(options);
  if ('kind' in input) return input;
  const { picture } = input;
  const unknown = unknownNode(picture, options.node);
  if (unknown !== undefined) return failed('notFound', unknown);
  const { node } = options;
  const asked = { resource, ...(node === undefined ? {} : { node }) };
  const explanation = explainResource(picture, decisionTime(picture, given), asked);
  if (explanation !== undefined) return { kind: 'explained', explanation };
  const known = [...eachResource(picture.configuration)].map((entry) => entry.resource.id);
  return failed('notFound', `there is no resource "${resource}"${suggestionText(resource, known)}`);
}

function unknownNode(picture: Picture, node: string | undefined): string | undefined {
  if (node === undefined) return undefined;
  const { configuration, status } = picture;
  const known = new Set([
    ...knownNodeNames(configuration),
    ...status.nodes.map(({ name }) => name as string),
  ]);
  return known.has(node) ? undefined : `there is no node "${node}"${suggestionText(node, known)}`;
}

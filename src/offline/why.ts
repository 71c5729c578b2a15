/** `holdfast why` on a file: the scheduler's reasons, and its actions, without a daemon. */
import { knownNodeNames } from '../core/config/nodes.ts';
import { eachResource } from '../core/config/walk.ts';
import type { Explanation } from '../core/model/explanation.ts';
import { suggestionText } from '../core/model/nearest.ts';
import type { Picture } from '../core/model/picture.ts';
import { explainResource } from '../core/scheduler/explain.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { failed, readInput } from './commands.ts';
import type { Failed, SituationOptions } from './commands.ts';
import { decisionTime, parseTime } from './time.ts';
import { actionsOf } from './why-actions.ts';
import type { ExplainedAction } from './why-actions.ts';

export interface ExplainOptions extends SituationOptions {
  readonly now?: string;
  readonly node?: string;
}

export type ExplainOutcome =
  | { readonly kind: 'explained'; readonly explanation: ExplanationWithActions }
  | Failed;

export interface ExplanationWithActions extends Explanation {
  /** What would be done with it, first things first. */
  readonly actions: readonly ExplainedAction[];
}

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
  const time = decisionTime(picture, given);
  const explanation = explainResource(picture, time, asked);
  if (explanation !== undefined) {
    const actions = actionsOf(schedule(picture, time), namesIn(picture, explanation));
    return { kind: 'explained', explanation: { ...explanation, actions } };
  }
  const known = [...eachResource(picture.configuration)].map((entry) => entry.resource.id);
  return failed('notFound', `there is no resource "${resource}"${suggestionText(resource, known)}`);
}

/** What is in it as configured, and what a bundle is unfolded to. */
function namesIn(
  { configuration }: Picture,
  { resource: asked, instances }: Explanation,
): ReadonlySet<string> {
  const configured = [...eachResource(configuration)]
    .filter(({ resource, within }) => [resource, ...within].some(({ id }) => id === asked))
    .map(({ resource }) => resource.id);
  return new Set([...configured, ...instances.map(({ instance }) => instance)]);
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

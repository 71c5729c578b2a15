/** The shape of the story (cluster/story.ts). */
import type { Shape } from '../../wire/shape.ts';
import { count, list, optional, union, word } from '../../wire/shape.ts';
import type { StoryEvent } from '../story.ts';
import { STORY_EVENTS_MAX } from '../story.ts';
import { exactly, key, node, resource, text, wallTime } from './parts.ts';

const LINES_MAX = 1000;

const common = {
  number: count,
  time: wallTime,
  text,
  severity: word('info', 'good', 'warning', 'error'),
  node: optional(node),
  resource: optional(resource),
};

const event: Shape<StoryEvent> = exactly<StoryEvent>()(
  union({
    view: common,
    quorum: common,
    node: common,
    configuration: common,
    mark: common,
    alarm: common,
    decision: { ...common, actions: list(text, LINES_MAX), decision: optional(key) },
    action: {
      ...common,
      operation: key,
      durationMs: count,
      outcome: text,
      output: optional(text),
    },
    fencing: { ...common, phase: word('begin', 'end'), durationMs: optional(count) },
  }),
);

export const story: Shape<readonly StoryEvent[]> = list(event, STORY_EVENTS_MAX);

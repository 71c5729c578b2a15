/** The cluster's story goes into each node's log, too: event by event, once. */
import type { StoryEvent } from '../core/cluster/story.ts';
import type { Log } from './log.ts';
import type { NodeLoop } from './loop.ts';

/**
 * What was told before this daemon began to listen is not told again. What it missed comes when it joins,
 * and says when it was: the time of the line is another one.
 */
export function logStory(loop: NodeLoop, log: Log, bornAtMs: number = Date.now()): void {
  let told = loop.node.cluster.storyCount;
  loop.onChange(() => {
    const { story, storyCount } = loop.node.cluster;
    if (storyCount === told) return;
    // A snapshot of the others may have taken the place of what this node knew.
    const from = storyCount < told ? storyCount : told;
    told = storyCount;
    for (const event of story.filter(({ number }) => number > from)) tell(log, event, bornAtMs);
  });
}

function tell(log: Log, event: StoryEvent, bornAtMs: number): void {
  const told = event.kind === 'decision' ? [event.text, ...event.actions].join('; ') : event.text;
  const text =
    event.time < bornAtMs
      ? `${told} (at ${new Date(event.time).toISOString()}, before this daemon)`
      : told;
  if (event.severity === 'error') log.error(text);
  else if (event.severity === 'warning') log.warn(text);
  else log.info(text);
}

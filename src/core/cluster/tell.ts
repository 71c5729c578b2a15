/** The two things that nearly every change does: tell the story, and ask for a decision. */
import type { ClusterState } from './state.ts';
import type { StoryEvent, Told } from './story.ts';
import { STORY_EVENTS_MAX } from './story.ts';

/** Appends one event; the oldest give way. */
export function tell(state: ClusterState, told: Told): ClusterState {
  const number = state.storyCount + 1;
  const event: StoryEvent = { ...told, number, time: state.time };
  const kept = state.story.length < STORY_EVENTS_MAX ? state.story : state.story.slice(1);
  return { ...state, story: [...kept, event], storyCount: number };
}

/** Says that a decision is wanted, and why. */
export function want(state: ClusterState, because: string): ClusterState {
  const decision = { ...state.decision, wanted: state.decision.wanted + 1, because };
  return { ...state, decision };
}

/** The one ordered history: event → decision with reason → actions with durations. */
import type { NodeName, ResourceId, WallMs } from '../model/ids.ts';

interface StoryCommon {
  /** Position in the story; rises by one. */
  readonly number: number;
  readonly time: WallMs;
  readonly text: string;
  readonly severity: 'info' | 'good' | 'warning' | 'error';
  readonly node?: NodeName;
  readonly resource?: ResourceId;
}

type StoryDetail =
  | { readonly kind: 'view' | 'quorum' | 'node' | 'configuration' | 'mark' | 'alarm' }
  | {
      readonly kind: 'decision';
      readonly actions: readonly string[];
      /** Under this id the node that made it keeps its input; absent in stories of old. */
      readonly decision?: string;
    }
  | {
      readonly kind: 'action';
      readonly operation: string;
      readonly durationMs: number;
      readonly outcome: string;
      /** The end of what the agent printed, when it failed. */
      readonly output?: string;
    }
  | { readonly kind: 'fencing'; readonly phase: 'begin' | 'end'; readonly durationMs?: number };

export type StoryEvent = StoryCommon & StoryDetail;

/** What is told: number and time are added here. */
export type Told = Omit<StoryCommon, 'number' | 'time'> & StoryDetail;

export const STORY_EVENTS_MAX = 1000;

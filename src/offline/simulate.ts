/** `holdfast simulate`: what would be done, and why, without any daemon. */
import type { WallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import { heldUp } from '../core/scheduler/explain/held-up.ts';
import { makePlan } from '../core/scheduler/output/plan.ts';
import { decide } from '../core/scheduler/schedule.ts';
import { planAnswer } from './answer.ts';
import { carriedOut } from './carried-out.ts';
import { planDot } from './dot.ts';
import { currentSituation, situationAfter } from './situation.ts';
import { decisionStory } from './story.ts';
import type { Decision } from './story.ts';
import { planSvg } from './svg.ts';
import { decisionTime } from './time.ts';
import { whatIf } from './what-if.ts';
import type { WhatIfEvent } from './what-if.ts';

export type SimulationFormat = 'text' | 'json' | 'dot' | 'svg';

export interface SimulationRequest {
  readonly picture: Picture;
  /** Without it the picture's own time, else the default. */
  readonly now?: WallMs;
  readonly events: readonly WhatIfEvent[];
  /** First all that would be done is done, with success; the events come after it. */
  readonly running?: boolean;
}

export type SimulationResult = { readonly decision: Decision } | { readonly error: string };

export function simulate(request: SimulationRequest): SimulationResult {
  const now = decisionTime(request.picture, request.now);
  const start = request.running === true ? carriedOut(request.picture, now) : request.picture;
  const changed = whatIf(start, request.events, now);
  if ('error' in changed) return changed;
  const { picture } = changed;
  const world = decide(picture, now);
  return { decision: { picture, plan: makePlan(world), heldUp: heldUp(world), now } };
}

/** @param name what the input is called in the JSON form */
export function renderDecision(decision: Decision, format: SimulationFormat, name: string): string {
  switch (format) {
    case 'text':
      return `${decisionStory(decision).join('\n')}\n`;
    case 'json':
      return `${JSON.stringify(decisionJson(decision, name), null, 2)}\n`;
    case 'dot':
      return planDot(decision.plan);
    case 'svg':
      return planSvg(decision.plan);
  }
}

/** The scorer's form, and beside it what only people ask for. */
export function decisionJson(decision: Decision, name: string): object {
  const { picture, plan, now } = decision;
  const before = currentSituation(picture, now);
  return {
    ...planAnswer(name, plan),
    now,
    before,
    after: situationAfter(before, plan),
    reasons: plan.actions.map(({ id, reason }) => ({ id, reason })),
    unplaced: plan.unplaced,
    heldUp: decision.heldUp,
    findings: plan.findings,
    nextChangeAt: plan.nextChangeAt ?? null,
  };
}

/** What the states of systemd's units mean as OCF codes (org.freedesktop.systemd1(5)). */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { exitedWith } from '../ocf/outcome.ts';
import type { JobResult, UnitState } from './manager.ts';

/**
 * Nothing of the unit runs, nor is about to. A failed unit is down: that it failed is the reason, not
 * an activity.
 */
export const isGone = (state: UnitState): boolean =>
  (state.active === 'inactive' || state.active === 'failed') && !state.hasJob;

/**
 * A failed unit is not running (7), with the reason: were it an error, a probe would take it for
 * active. One that is on its way up is not active yet; one on its way down counts as running until
 * it is down, so that nothing starts elsewhere. What runs goes on running when its unit's file is
 * removed or masked.
 */
export function monitorOutcome(state: UnitState): OperationOutcome {
  return isGone(state) ? goneOutcome(state) : activeOutcome(state);
}

function goneOutcome(state: UnitState): OperationOutcome {
  if (state.load === 'not-found') return notInstalled('the unit is not installed on this node');
  if (state.load === 'masked') return notInstalled('the unit is masked on this node');
  if (state.load !== 'loaded') {
    return exitedWith(OCF.notConfigured, `systemd cannot load the unit (${state.load})`);
  }
  return exitedWith(OCF.notRunning, state.active === 'failed' ? failureText(state) : '');
}

function activeOutcome(state: UnitState): OperationOutcome {
  switch (state.active) {
    case 'active':
    case 'reloading':
    case 'refreshing':
      return exitedWith(OCF.ok);
    case 'inactive':
    case 'failed':
      return exitedWith(OCF.error, 'it does not run, and a job of systemd for it waits');
    case 'activating':
      return exitedWith(OCF.error, `it is still starting (${state.sub})`);
    case 'deactivating':
      return exitedWith(OCF.error, `it is stopping (${state.sub})`);
    default:
      return exitedWith(OCF.error, `systemd says ${state.active} (${state.sub})`);
  }
}

/** A job that is done counts by the state it led to: a start may be done and have failed since. */
export function jobOutcome(
  verb: 'start' | 'stop' | 'reload',
  result: JobResult,
  state: UnitState,
): OperationOutcome {
  if (verb === 'stop') {
    return isGone(state)
      ? exitedWith(OCF.ok, state.active === 'failed' ? failureText(state) : '')
      : exitedWith(OCF.error, `the stop job ended with ${result}, and it is ${state.active}`);
  }
  if (result === 'done' && (state.active === 'active' || state.active === 'reloading')) {
    return exitedWith(OCF.ok);
  }
  const reason =
    state.active === 'failed' ? failureText(state) : `the unit is ${state.active} (${state.sub})`;
  return exitedWith(OCF.error, result === 'done' ? reason : `${reason}; job result ${result}`);
}

const failureText = (state: UnitState): string =>
  state.result === '' ? 'the unit failed' : `the unit failed (${state.result})`;

const notInstalled = (reason: string): OperationOutcome => exitedWith(OCF.notInstalled, reason);

/**
 * What the exit codes of init scripts mean as OCF codes (LSB 5.0 Core, "Init Script Actions").
 * Scripts deviate; docs/decisions/agents.md has the table of what is forgiven.
 */
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { exitedWith } from '../ocf/outcome.ts';

/** The script's argument for an operation; undefined for what init scripts cannot do. */
export function lsbAction(operation: string): string | undefined {
  switch (operation) {
    case 'start':
    case 'stop':
      return operation;
    case 'monitor':
    case 'status':
      return 'status';
    case 'reload':
    case 'reload-agent':
      return 'reload';
    default:
      return undefined;
  }
}

export function lsbOutcome(action: string, exitCode: number): OperationOutcome {
  if (action === 'status') return statusOutcome(exitCode);
  // Stopping what is stopped is success by LSB; scripts that say 7 ("not running") mean the same.
  if (action === 'stop' && exitCode === 7) return exitedWith(OCF.ok, 'it was not running');
  // Of 7 there is no sense for start and reload but that it did not come up. 0 to 6 are OCF's.
  if (exitCode >= 0 && exitCode <= 6) return exitedWith(exitCode);
  return exitedWith(OCF.error, `exit code ${String(exitCode)} of ${action}`);
}

/** 1 and 2 mean dead: were they errors, a probe would take the service for active everywhere. */
function statusOutcome(exitCode: number): OperationOutcome {
  switch (exitCode) {
    case 0:
      return exitedWith(OCF.ok);
    case 1:
      return exitedWith(OCF.notRunning, 'the program is dead and its pid file exists');
    case 2:
      return exitedWith(OCF.notRunning, 'the program is dead and its lock file exists');
    case 3:
      return exitedWith(OCF.notRunning);
    case 4:
      return exitedWith(OCF.error, 'the script does not know its status');
    default:
      return exitedWith(OCF.error, `exit code ${String(exitCode)} of status`);
  }
}

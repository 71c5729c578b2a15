/** From the end of an OCF agent's process to the outcome of its operation. */
import { constants } from 'node:os';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import type { ProcessOutcome } from '../process.ts';
import { exitReasonPrefix } from './environment.ts';

const known: ReadonlySet<number> = new Set(Object.values(OCF));
const reasonLengthMax = 1000;

/** Codes that OCF does not define are errors; the reason then names the code. */
export function ocfOutcome(outcome: ProcessOutcome, output: string): OperationOutcome {
  switch (outcome.kind) {
    case 'exited':
      return exited(outcome.exitCode, exitReason(output));
    case 'signaled':
      return exitedWith(OCF.error, `ended by ${signalName(outcome.signal)}`);
    case 'not-run':
      return notRun(outcome.stage, outcome.error);
    case 'timed-out':
    case 'cancelled':
    case 'unkillable':
      return outcome;
  }
}

/** The last reason that the agent gave, one line of printable text; empty without one. */
export function exitReason(output: string): string {
  const start = output.lastIndexOf(exitReasonPrefix);
  if (start < 0) return '';
  const [line = ''] = output.slice(start + exitReasonPrefix.length).split('\n', 1);
  return printable(line).slice(0, reasonLengthMax);
}

export function exitedWith(exitCode: number, reason = ''): OperationOutcome {
  return { kind: 'exited', exitCode, exitReason: reason };
}

/** `SIGSEGV` for 11, signal(7). */
export function signalName(signal: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === signal);
  return found?.[0] ?? `signal ${String(signal)}`;
}

/** Control characters would let an agent write what looks like another line of the log. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0020\u007f-\u009f]+/g, ' ').trim();
}

function exited(exitCode: number, reason: string): OperationOutcome {
  if (known.has(exitCode)) return exitedWith(exitCode, reason);
  const named = `exit code ${String(exitCode)}, which OCF does not define`;
  return exitedWith(OCF.error, reason === '' ? named : `${reason} (${named})`);
}

/**
 * Why a program could not be run, as a code of OCF: what is missing is not installed, what is not
 * executable lacks privilege, the rest (no memory, no process) is an error that may pass.
 */
export function notRun(stage: string, error: string): OperationOutcome {
  const [exitCode, reason] = explain(stage, error);
  return { kind: 'not-run', exitCode, reason };
}

function explain(stage: string, error: string): readonly [number, string] {
  switch (stage) {
    case 'exec':
      return explainExec(error);
    case 'user':
    case 'group':
      return error === 'EPERM'
        ? [OCF.insufficientPrivileges, `no privilege to change the ${stage}`]
        : [OCF.notConfigured, `there is no such ${stage} on this node (${error})`];
    case 'directory':
      return [OCF.notConfigured, `the working directory cannot be entered (${error})`];
    default:
      return [OCF.error, `the program could not be started: ${stage} (${error})`];
  }
}

function explainExec(error: string): readonly [number, string] {
  switch (error) {
    case 'ENOENT':
      return [OCF.notInstalled, 'the program, or the interpreter in its first line, is not there'];
    case 'EACCES':
      return [OCF.insufficientPrivileges, 'the program is not executable'];
    case 'ENOEXEC':
      return [OCF.notInstalled, 'the file is neither a program nor a script with a `#!` line'];
    default:
      return [OCF.error, `the program could not be executed (${error})`];
  }
}

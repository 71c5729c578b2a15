/** Runs the one program that an operation of most classes consists of. */
import { OCF, type OperationOutcome } from '../core/model/operation.ts';
import { invalidVariable } from './environment.ts';
import type { AgentHost, Operation } from './host.ts';
import { notRun } from './ocf/outcome.ts';
import type { ProcessRequest, ProcessResult } from './process.ts';

/** Enough that the reason for an exit is found though much was printed after it. */
const outputBytesMax = 65_536;

export type Program = Pick<
  ProcessRequest,
  'argv' | 'environment' | 'directory' | 'standardInput' | 'user' | 'group' | 'separateErrors'
>;

/** The program's end; everything of it is gone if it was ended by its time or by cancelling. */
export async function runProgram(
  host: AgentHost,
  operation: Operation,
  program: Program,
): Promise<ProcessResult> {
  const { request, signal, liveFile } = operation;
  await host.leftoversEnded;
  if (signal.aborted) return endedBefore({ kind: 'cancelled' });
  if (invalidVariable(program.environment) !== undefined || invalidArgument(program)) {
    return endedBefore({ kind: 'not-run', stage: 'environment', error: 'EINVAL' });
  }
  const cgroup = host.operationCgroup(request.resource, cgroupName(request));
  const running = host.startProcess({
    ...program,
    ...(cgroup === undefined ? {} : { cgroup }),
    ...(liveFile === undefined ? {} : { liveFile }),
    timeoutMs: request.timeoutMs,
    outputBytesMax,
  });
  const cancel = (): void => running.cancel();
  signal.addEventListener('abort', cancel);
  try {
    return await running.result;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** What a start leaves behind is the service: contain.ts must know it from anything else. */
const cgroupName = ({ operationId, operation }: Operation['request']): string =>
  operation === 'start' ? `${operationId}-start` : operationId;

/** An agent that is not there: the reason names where it was looked for. */
export function missingAgent(path: string): OperationOutcome {
  return {
    kind: 'not-run',
    exitCode: OCF.notInstalled,
    reason: `there is no ${path} on this node`,
  };
}

/** As `notRun`, with the program's path in front of the reason. */
export function programNotRun(path: string, stage: string, error: string): OperationOutcome {
  const outcome = notRun(stage, error);
  return outcome.kind === 'not-run'
    ? { ...outcome, reason: `${path}: ${outcome.reason}` }
    : outcome;
}

const invalidArgument = (program: Program): boolean =>
  program.argv.some((argument) => argument.includes('\0'));

const endedBefore = (outcome: ProcessResult['outcome']): ProcessResult => ({
  outcome,
  output: '',
  errorOutput: '',
  outputBytesTotal: 0,
  durationMs: 0,
});

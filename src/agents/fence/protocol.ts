/**
 * What a fence agent is told and what its exit means (FenceAgentAPI: `key=value` lines on standard
 * input, lines with `#` and unknown keys are ignored; status exits 0 for on and 2 for off).
 */
import type {
  FenceHost,
  FenceRequest,
  FenceResult,
  Parameters,
} from '../../core/model/operation.ts';
import { signalName } from '../ocf/outcome.ts';
import type { ProcessOutcome } from '../process.ts';
import { causeOf } from './cause.ts';

export type FenceInput =
  | { readonly kind: 'input'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

const inputBytesMax = 65_536;

/** Secrets go this way too: standard input is nowhere to be seen, unlike arguments. */
export function fenceInput(request: FenceRequest, parameters: Parameters): FenceInput {
  const values: Record<string, string> = {
    ...parameters,
    ...(request.port === undefined ? {} : { port: request.port }),
    ...(request.target === undefined ? {} : { nodename: request.target }),
    action: request.action,
  };
  const wrong = Object.entries(values).find(
    ([name, value]) => !/^[A-Za-z0-9_.-]+$/.test(name) || /[\n\r\0]/.test(value),
  );
  if (wrong) {
    return { kind: 'refused', reason: `parameter ${wrong[0]} cannot be given on one line` };
  }
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  const text = lines.join('');
  if (Buffer.byteLength(text) > inputBytesMax) {
    return { kind: 'refused', reason: 'the parameters are longer than 64 KiB' };
  }
  return { kind: 'input', text };
}

/**
 * `errors` is what the agent wrote to standard error, secrets removed. The cause comes first.
 * `printed` is its answer, where it was asked for a list.
 */
export function fenceOutcome(
  request: FenceRequest,
  outcome: ProcessOutcome,
  errors: string,
  printed = '',
): FenceResult['outcome'] {
  if (outcome.kind === 'exited') {
    const ended = exited(request, outcome.exitCode, errors);
    const hosts = request.action === 'list' ? hostsOf(printed) : [];
    return ended.kind === 'ok' && hosts.length > 0 ? { kind: 'ok', hosts } : ended;
  }
  const said = causeOf(errors);
  const end = failure(request, outcome);
  return { kind: 'failed', reason: said === '' ? end : `${end}: ${said}` };
}

const NO_LIST = /^NOTICE:|^N\/A$/;

/**
 * A line for each: what to call it and, behind a comma, its name (FenceAgentAPI). Agents without a
 * list say so in a line, with exit code 0; one that prints nothing has none to tell.
 */
function hostsOf(printed: string): readonly FenceHost[] {
  const lines = printed.split('\n').map((line) => line.trim());
  if (lines.some((line) => NO_LIST.test(line))) return [];
  return lines.flatMap((line) => {
    const [port = '', alias = ''] = line.split(',').map((part) => part.trim());
    return port === '' ? [] : [{ port, alias }];
  });
}

function exited(request: FenceRequest, exitCode: number, errors: string): FenceResult['outcome'] {
  if (request.action === 'status' && (exitCode === 0 || exitCode === 2)) {
    return { kind: 'status', power: exitCode === 0 ? 'on' : 'off' };
  }
  if (exitCode === 0) return { kind: 'ok' };
  const said = causeOf(errors);
  const code = `${request.agent} ${request.action} ended with exit code ${String(exitCode)}`;
  return { kind: 'failed', reason: said === '' ? code : `${said} (${code})` };
}

function failure(
  request: FenceRequest,
  outcome: Exclude<ProcessOutcome, { kind: 'exited' }>,
): string {
  const name = `${request.agent} ${request.action}`;
  switch (outcome.kind) {
    case 'timed-out':
      return `${name} had not answered after ${String(request.timeoutMs / 1000)} s`;
    case 'cancelled':
      return `${name} was cancelled`;
    case 'signaled':
      return `${name} was ended by ${signalName(outcome.signal)}`;
    case 'unkillable':
      return `${name} had not answered after its time, and cannot be killed`;
    case 'not-run':
      return outcome.error === 'ENOENT'
        ? `${request.agent} is not installed on this node`
        : `${name} could not be run: ${outcome.stage} (${outcome.error})`;
  }
}

/** Operations of OCF agents (OCF Resource Agent API 1.0 and 1.1). */
import { existsSync } from 'node:fs';
import { OCF } from '../../core/model/operation.ts';
import type { AgentHost, RunOperation } from '../host.ts';
import { missingAgent, programNotRun, runProgram } from '../program.ts';
import { newAddress } from './announce.ts';
import { ocfEnvironment, ocfPath, type OcfOptions } from './environment.ts';
import { ocfOutcome } from './outcome.ts';

export function createOcfRunner(host: AgentHost, options: OcfOptions): RunOperation {
  return async (operation) => {
    const { request, parameters } = operation;
    const path = ocfPath(request.agent, options.ocfRoot);
    if (path === undefined) {
      const reason = `${request.agent.provider ?? ''}:${request.agent.type} is no agent's name`;
      return { outcome: { kind: 'not-run', exitCode: OCF.notInstalled, reason }, output: '' };
    }
    const environment = ocfEnvironment(request, parameters, options);
    const result = await runProgram(host, operation, {
      argv: [path, request.operation],
      environment,
    });
    const { outcome, output } = result;
    if (outcome.kind !== 'not-run') {
      const ended = ocfOutcome(outcome, output);
      const address = newAddress(operation, ended);
      if (address !== undefined) host.announceAddress?.(address);
      return { outcome: ended, output };
    }
    if (!existsSync(path)) return { outcome: missingAgent(path), output };
    return { outcome: programNotRun(path, outcome.stage, outcome.error), output };
  };
}

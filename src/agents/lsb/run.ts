/** Operations of init scripts (LSB 5.0 Core, "System Initialization"). */
import { existsSync } from 'node:fs';
import { OCF } from '../../core/model/operation.ts';
import { baseEnvironment } from '../environment.ts';
import type { AgentHost, RunOperation } from '../host.ts';
import { exitedWith, ocfOutcome } from '../ocf/outcome.ts';
import { missingAgent, programNotRun, runProgram } from '../program.ts';
import { lsbAction, lsbOutcome } from './outcome.ts';

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$/;

/** `directory` holds the scripts, `/etc/init.d`. Parameters have no meaning for them. */
export function createLsbRunner(host: AgentHost, directory: string): RunOperation {
  return async (operation) => {
    const { agent, operation: name } = operation.request;
    const action = lsbAction(name);
    const path = `${directory}/${agent.type}`;
    if (!namePattern.test(agent.type)) return { outcome: missingAgent(path), output: '' };
    if (action === undefined) {
      const reason = `init scripts have no ${name}`;
      return { outcome: exitedWith(OCF.unimplemented, reason), output: '' };
    }
    const { outcome, output } = await runProgram(host, operation, {
      argv: [path, action],
      // Debian's init-functions would hand the action to systemctl, and the unit to systemd.
      environment: { ...baseEnvironment(), SYSTEMCTL_SKIP_REDIRECT: 'true' },
    });
    if (outcome.kind === 'exited') return { outcome: lsbOutcome(action, outcome.exitCode), output };
    if (outcome.kind !== 'not-run') return { outcome: ocfOutcome(outcome, ''), output };
    if (!existsSync(path)) return { outcome: missingAgent(path), output };
    return { outcome: programNotRun(path, outcome.stage, outcome.error), output };
  };
}

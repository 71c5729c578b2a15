/**
 * Runs operations inside of namespaces for the tests: JSON lines in, JSON lines out, on the socket
 * `driver.sock` beside the run directory; ends when the test hangs up. Arguments: the cgroups' name,
 * the run directory, `unit=NAME` where systemd runs this as a unit, `addresses=n1/10.0.0.1,n2/…`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createOperationRunner, defaultRunnerOptions } from '../../src/agents/runner.ts';
import { createSecretFiles } from '../../src/host/disk/secrets.ts';
import { createAgentHost } from '../../src/host/process/agent-host.ts';
import { createSystemd, defaultSystemdOptions } from '../../src/host/systemd/manager.ts';
import { nodeName, resourceId } from '../../src/core/model/ids.ts';
import type { FenceRequest, OperationRequest } from '../../src/core/model/operation.ts';

const [cgroupName = '', runDirectory = '', ...words] = process.argv.slice(2);
const option = (name: string): string | undefined =>
  words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);

mkdirSync(runDirectory, { recursive: true });
const daemonUnit = option('unit');
const systemd =
  daemonUnit === undefined ? undefined : createSystemd({ ...defaultSystemdOptions, daemonUnit });
const addresses = new Map(
  (option('addresses') ?? '').split(',').map((one) => one.split('/') as [string, string]),
);
const host = createAgentHost({
  programs: new URL('../../native/build', import.meta.url).pathname,
  cgroupName,
  runDirectory,
  secrets: createSecretFiles(`${runDirectory}/secrets`),
  addressOf: (node) => addresses.get(node),
  ...(systemd === undefined ? {} : { systemd }),
});
const runner = createOperationRunner(host, {
  ...defaultRunnerOptions,
  ocfRoot: option('ocf') ?? defaultRunnerOptions.ocfRoot,
  lsbDirectory: option('lsb') ?? defaultRunnerOptions.lsbDirectory,
  fenceDirectories: option('fence')?.split(':') ?? defaultRunnerOptions.fenceDirectories,
});
runner.onExit((resource, detail) => say({ exit: [resource, detail] }));

/** What a test can ask for. */
export const methods = {
  run: (request: OperationRequest) => runner.run(request),
  runFence: (request: FenceRequest) => runner.runFence(request),
  cancel: (operationId: string) => runner.cancel(operationId),
  processes: (resource: string) => host.cgroups?.processes(resource) ?? null,
  kill: (resource: string) => host.cgroups?.kill(resource, 5000) ?? null,
  hierarchy: () => host.cgroups?.hierarchy ?? null,
  startsAtBoot: (unit: string) => systemd?.startsAtBoot(unit) ?? null,
  release: (unit: string) => systemd?.release(unit) ?? null,
  list: () => systemd?.list() ?? null,
  get: async (url: string) => (await fetch(url)).text(),
};

let client: Socket | undefined;
function say(message: unknown): void {
  client?.write(`${JSON.stringify(message)}\n`);
}

/** `stop-at-term=UNIT`: as the daemon does at shutdown, stops the unit and says what came of it. */
const unitAtEnd = option('stop-at-term');
if (unitAtEnd !== undefined) {
  process.on('SIGTERM', () => {
    const request: OperationRequest = {
      operationId: 'at-end',
      resource: resourceId('test'),
      agent: { class: 'systemd', type: unitAtEnd },
      operation: 'stop',
      intervalMs: 0,
      timeoutMs: 10_000,
      parameters: {},
      meta: {},
      node: nodeName('n1'),
    };
    void runner.run(request).then((result) => {
      writeFileSync(`${runDirectory}/at-end`, JSON.stringify(result));
      process.exit(0);
    });
  });
}

function obey(line: string): void {
  const { id, method, argument } = JSON.parse(line) as {
    readonly id: number;
    readonly method: keyof typeof methods;
    readonly argument: never;
  };
  void (async () => {
    try {
      say({ id, result: (await methods[method](argument)) ?? null });
    } catch (error) {
      say({ id, error: String(error) });
    }
  })();
}

async function end(): Promise<void> {
  await runner.close();
  host.close();
  process.exit(0);
}

const path = `${runDirectory}/../driver.sock`;
rmSync(path, { force: true });
const server = createServer((socket) => {
  client = socket;
  server.close();
  socket.on('error', () => undefined);
  socket.on('close', () => void end());
  createInterface({ input: socket })
    .on('error', () => undefined) // the socket's, a second time
    .on('line', obey);
});
server.listen(path);

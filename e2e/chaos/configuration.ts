/** The configuration under which chaos strikes, one text for each change of it. */

/** What must run exactly once; each but `web` writes into the ledgers of that name. */
export const resources = ['web', 'vault', 'books', 'stack'] as const;

/** Every ledger that may come to be. */
export const ledgers = ['vault', 'books', 'stack-vault', 'stack-books', 'extra'] as const;

/**
 * `change` stands in a comment and in an attribute of n1; every second change adds the resource
 * `extra` and the next one takes it away, so that changes make transitions.
 */
export function configuration(
  nodes: readonly string[],
  change: number,
  options: { readonly maintenance?: boolean } = {},
): string {
  const listed = nodes.map((name) => `  ${name}: { attributes: { change: "${String(change)}" } }`);
  return [
    `# change ${String(change)}`,
    head,
    'options:',
    '  fencing-loop-limit: 0', // chaos is nothing else
    ...(options.maintenance === true ? ['  maintenance-mode: true'] : []),
    'nodes:',
    ...listed,
    'resources:',
    resourceLines,
    ...(change % 2 === 1 ? [extra] : []),
    constraints,
  ].join('\n');
}

/** The number of the change in an exported configuration; -1 when there is none. */
export function changeOf(text: string): number {
  return Number(/^# change (\d+)$/m.exec(text)?.[1] ?? -1);
}

const head = `version: 1
cluster: chaos

defaults:
  resources:
    resource-stickiness: 10
    failure-timeout: 5s # a process that was killed three times is not given up

fencing:
  devices:
    power:
      agent: fence_lab
      timeout: 3s # a switch that is silent is tried again soon
      timeouts: { monitor: 20s, list: 20s } # nobody waits for these: five daemons that start at once may
`;

const resourceLines = `  web:
    group:
      address:
        agent: ocf:heartbeat:IPaddr2
        parameters: { ip: 10.77.0.200, cidr_netmask: 24 }
        monitor: 2s
      server:
        agent: command
        parameters: { command: /usr/sbin/hello_lab 80 }
        monitor: 2s
  vault:
    agent: command
    parameters: { command: /usr/sbin/ledger_lab vault }
    monitor: 2s
  books:
    agent: ocf:heartbeat:chaos-ledger
    parameters: { name: books }
    monitor: 2s
  stack:
    group:
      stack-vault:
        agent: command
        parameters: { command: /usr/sbin/ledger_lab stack-vault }
        monitor: 2s
      stack-books:
        agent: ocf:heartbeat:chaos-ledger
        parameters: { name: stack-books }
        monitor: 2s`;

const extra = `  extra:
    agent: command
    parameters: { command: /usr/sbin/ledger_lab extra }
    monitor: 2s
`;

/** `books` is wherever `vault` is. */
export const together: readonly (readonly string[])[] = [
  ['address', 'server'],
  ['stack-vault', 'stack-books'],
  ['vault', 'books'],
];

const constraints = `constraints:
  - colocate: books
    with: vault
`;

/** The `container` class described as agents describe themselves. */
import { describeParameters } from '../description.ts';
import type { AgentDescription, ParameterWords } from '../description.ts';
import type { containerParameters } from './settings.ts';

type Name = (typeof containerParameters)[number];

const parameters: Readonly<Record<Name, ParameterWords>> = {
  runtime: [
    'podman, runc, crun or nspawn',
    'podman without it, where there is an image. With root it has to be said.',
  ],
  name: ['Its name in the runtime', "The resource's name without it."],
  image: ['The image (podman)', 'It has to be on each node, unless pull says otherwise.'],
  pull: [
    'never or missing',
    'missing: podman fetches an image that is not there, and the start waits for the registry.',
    'string',
    'never',
  ],
  root: ['The directory with its files', 'An absolute path, the same on each node.'],
  read_only: ['Whether its files are only read', 'Then many can share one.', 'boolean', 'false'],
  command: [
    'What it runs',
    'Split at spaces; quotes keep words together; no shell runs it. Without it an image runs what ' +
      'it says itself, and nspawn boots the init in root.',
  ],
  directory: ['Working directory in the container', 'An absolute path.'],
  user: ['Runs as this user', 'runc and crun take numbers: 1000 or 1000:1000.'],
  hostname: ['Its host name', 'Its name without it.'],
  environment: ['Environment variables', 'NAME=value words, split as the command is.'],
  volumes: [
    'Directories of the node in the container',
    '/on/the/node:/in/the/container, with :ro at its end to only read it; several apart by blanks.',
  ],
  networks: [
    'Its own network cards',
    'One word for each: br0,address=192.0.2.7/24,gateway=192.0.2.1 is a cable to the bridge br0; ' +
      'eth0,type=macvlan,address=… a second address on eth0. mac=… sets one. Without any it has ' +
      "the node's network.",
  ],
  memory: ['At most so many MiB', 'What needs more is killed.', 'integer'],
  cpus: ['At most so many processors', '0.5 is half of one.'],
  pids: ['At most so many processes', 'Threads are counted, too.', 'integer'],
  monitor: ['A command in the container that says whether it is well', 'Exit code 0 says that.'],
  ping: ['Well when this address answers to ping', 'ICMP echo.'],
  tcp: [
    'Well when this port takes connections',
    "host:port, or a port of the container's address.",
  ],
  http: ['Well when this URL answers', 'http or https; certificates are not verified.'],
  http_status: ['The status that the URL must answer with', 'Any below 400 without it.'],
  stop_signal: [
    'The signal that asks it to end',
    'To its first process. SIGKILL follows shortly before the time for the stop is over.',
    'string',
    'TERM',
  ],
  arguments: ['Further words for podman run, or systemd-nspawn', 'They are not looked at.'],
  migration_address: [
    'Where the other node is reached when it moves live',
    "The node's own without it.",
  ],
  migration_port: [
    'The port of the node that it moves to, when it moves live',
    'One of 28672 to 29183 without it, for each another.',
    'integer',
  ],
};

const atEachOperation = ['ping', 'tcp', 'http', 'http_status', 'monitor'];

export const containerDescription: AgentDescription = {
  agent: { class: 'container', type: '' },
  version: '1',
  title: 'A container of podman, runc, crun or systemd-nspawn',
  description:
    'Starts a container with an address and limits of its own, looks whether it is well, and ends ' +
    'it. One of runc or podman moves live where allow-migrate is true and both nodes have CRIU 4.2; others stop and start.',
  parameters: describeParameters(parameters, atEachOperation),
  parametersKnown: true,
  operations: [
    { name: 'start', timeoutMs: 60_000 },
    { name: 'stop', timeoutMs: 30_000 },
    { name: 'monitor', timeoutMs: 20_000, intervalMs: 10_000 },
    { name: 'reload-agent', timeoutMs: 20_000 },
    { name: 'migrate_to', timeoutMs: 120_000 },
    { name: 'migrate_from', timeoutMs: 60_000 },
  ],
};

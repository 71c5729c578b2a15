/** The `command` class described as agents describe themselves. */
import { describeParameters } from '../description.ts';
import type { AgentDescription, ParameterWords } from '../description.ts';
import type { commandParameters } from './settings.ts';

type Name = (typeof commandParameters)[number];

const parameters: Readonly<Record<Name, ParameterWords>> = {
  command: [
    'The program and its arguments',
    'Split at spaces; quotes keep words together. No shell runs it: variables, pipes and ' +
      'redirections are errors. A JSON list of strings is taken word by word.',
  ],
  directory: ['Working directory', 'An absolute path; the root directory without it.'],
  user: ['Runs as this user', 'A name or number; HOME, USER, LOGNAME and SHELL are set for it.'],
  group: ["Runs as this group instead of the user's own", 'A name or number.'],
  environment: [
    'Environment variables',
    'NAME=value words, split as the command is. Nothing else is set but PATH, LC_ALL, ' +
      'HOLDFAST_NODE and HOLDFAST_RESOURCE.',
  ],
  mode: [
    'child or start-stop',
    'child: the program stays in the foreground and is supervised; its end is seen at once. ' +
      'start-stop: commands start and stop it.',
    'string',
    'child',
  ],
  start: ['The command that starts it (mode start-stop)', 'Written as the command is.'],
  stop: ['The command that stops it (mode start-stop)', 'Written as the command is.'],
  monitor: [
    'The command that says whether it runs',
    'Exit code 0 says that it does, 7 or 3 that it does not; any other is a failure.',
  ],
  tcp: ['Runs when this port takes connections', 'host:port, or a port of this machine.'],
  http: ['Runs when this URL answers', 'http or https; certificates are not verified.'],
  http_status: ['The status that the URL must answer with', 'Any below 400 without it.'],
  stop_signal: [
    'The signal that asks it to end (mode child)',
    'SIGKILL follows shortly before the time for the stop is over.',
    'string',
    'TERM',
  ],
};

export const commandDescription: AgentDescription = {
  agent: { class: 'command', type: '' },
  version: '1',
  title: "One's own program, without an agent",
  description:
    'Supervises a program, or runs commands that start and stop it, and looks whether it answers.',
  parameters: describeParameters(parameters),
  parametersKnown: true,
  operations: [
    { name: 'start', timeoutMs: 60_000 },
    { name: 'stop', timeoutMs: 30_000 },
    { name: 'monitor', timeoutMs: 20_000, intervalMs: 10_000 },
  ],
};

/** packaging/man/holdfast.8, made from the commands as they are (mdoc(7)). */
import type { Argument, Command, Option } from 'commander';

/** The page. `exitCodes`: number and meaning, as docs/manual/exit-codes.md has them. */
export function manualPage(
  program: Command,
  exitCodes: readonly (readonly [code: string, meaning: string])[],
): string {
  return [
    HEAD,
    ...program.commands.flatMap((command) => commandLines(command, '')),
    '.El',
    '.Sh OPTIONS OF ALL COMMANDS',
    '.Bl -tag -width indent',
    ...optionLines(program.options),
    ...optionLines(program.commands[0]?.options.filter(isCommon) ?? []),
    '.El',
    MIDDLE,
    '.Sh EXIT STATUS',
    '.Bl -tag -width indent',
    ...exitCodes.flatMap(([code, meaning]) => [`.It ${code}`, plain(meaning)]),
    '.El',
    TAIL,
  ].join('\n');
}

function commandLines(command: Command, before: string): readonly string[] {
  const name = `${before}${command.name()}`;
  if (command.commands.length > 0) {
    return command.commands.flatMap((inner) => commandLines(inner, `${name} `));
  }
  const words = command.registeredArguments.map(argumentText).join(' ');
  const own = command.options.filter((option) => !isCommon(option));
  return [
    `.It Ic ${name}${words === '' ? '' : ` ${words}`}`,
    plain(`${command.description()}.`),
    ...(own.length === 0 ? [] : ['.Bl -tag -width indent', ...optionLines(own), '.El']),
  ];
}

const argumentText = (argument: Argument): string =>
  argument.required ? `Ar ${argument.name()}` : `Op Ar ${argument.name()}`;

const isCommon = (option: Option): boolean => option.long === '--output';

const optionLines = (options: readonly Option[]): readonly string[] =>
  options.flatMap(({ flags, description }) => [
    `.It Li ${flags.replaceAll('-', '\\-')}`,
    plain(`${description}.`),
  ]);

/** Nothing in it is taken for a request: neither a backslash nor a dot at the beginning. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('`', '')
    .replace(/^([.'])/, '\\&$1');

const HEAD = `.\\" Made by src/cli/manual-page.test.ts: UPDATE=1 rewrites it.
.Dd November 20, 2026
.Dt HOLDFAST 8
.Os Holdfast
.Sh NAME
.Nm holdfast
.Nd look at and command a cluster that keeps services available
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar argument ...
.Op Ar option ...
.Sh DESCRIPTION
.Nm
talks to
.Xr holdfastd 8
on the machine that it runs on, over a Unix socket.
It does not matter which node of the cluster that is: all of them know and tell the same.
Root may command; members of the group
.Sy holdfast
may look.
.Pp
Begin with
.Ic holdfast status :
everything that does not run says why, and what to do next.
.Sh COMMANDS
.Bl -tag -width indent`;

const MIDDLE = `.Sh ENVIRONMENT
.Bl -tag -width indent
.It Ev HOLDFAST_RUN
The directory of the sockets of the daemon, as
.Li \\-\\-run .
.It Ev NO_COLOR
Colours appear on a terminal only, and never when this is set.
.El
.Sh FILES
.Bl -tag -width indent
.It Pa /run/holdfast/api.sock
The socket for root.
.It Pa /run/holdfast/read.sock
The socket for the group
.Sy holdfast .
.El`;

const TAIL = `.Sh EXAMPLES
What would a configuration change, and what would the cluster do?
.Dl holdfast plan \\-f cluster.yaml
Make it so, and wait until it is:
.Dl holdfast apply \\-f cluster.yaml \\-\\-wait
Empty a machine before work on it:
.Dl holdfast node standby n2 \\-\\-wait
.Sh SEE ALSO
.Xr corosync 8 ,
.Xr holdfastd 8
`;

/** QEMU's own words, of a machine that somebody else has started (qemu-system(1)). */
import { valueIn } from '../../core/config/qemu-words.ts';

/** Options that have to do with who started it, not with the machine. */
const ofTheStarter = new Set(['pidfile', 'qmp', 'qmp-pretty', 'incoming', 'D', 'loadvm']);
const alone = new Set(['daemonize', 'S']);

/** Without where its starter talks to it: those sockets are of the node where it began. */
export function withoutControl(words: readonly string[]): readonly string[] {
  const ids = new Set(controlMonitors(words).map(({ chardev }) => chardev));
  const kept: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const option = optionName(word);
    const value = words[index + 1] ?? '';
    if (option !== undefined && alone.has(option)) continue;
    const isControl =
      (option === 'mon' && ids.has(chardevOf(value))) ||
      (option === 'chardev' && ids.has(valueIn(value, 'id') ?? ''));
    if (option !== undefined && (ofTheStarter.has(option) || isControl)) index += 1;
    else kept.push(word);
  }
  return kept;
}

/** Paths of the sockets where it listens for QMP. */
export function controlSockets(words: readonly string[]): readonly string[] {
  const ids = new Set(controlMonitors(words).map(({ chardev }) => chardev));
  return words.flatMap((word, index) => {
    const value = words[index + 1] ?? '';
    switch (optionName(word)) {
      case 'qmp':
      case 'qmp-pretty':
        return /^unix:([^,]+)/.exec(value)?.[1] ?? [];
      case 'chardev': {
        const isSocket = value.startsWith('socket,') && ids.has(valueIn(value, 'id') ?? '');
        return (isSocket ? valueIn(value, 'path') : undefined) ?? [];
      }
      default:
        return [];
    }
  });
}

function controlMonitors(words: readonly string[]): readonly { readonly chardev: string }[] {
  return words.flatMap((word, index) => {
    const value = words[index + 1] ?? '';
    const isControl = optionName(word) === 'mon' && valueIn(value, 'mode') === 'control';
    return isControl ? [{ chardev: chardevOf(value) }] : [];
  });
}

/** `-m` and `--m` are one option. */
const optionName = (word: string): string | undefined => /^--?([A-Za-z][\w-]*)$/.exec(word)?.[1];

const chardevOf = (value: string): string => valueIn(value, 'chardev') ?? value.split(',')[0] ?? '';

/** What runs on a node and is nobody's resource: an attribute of the node. */

/** The value is `Unmanaged` in words (see `unmanagedText`); absent: there is nothing. */
export const MACHINES_ATTRIBUTE = '#machines';

export interface Unmanaged {
  readonly kind: 'vm' | 'container';
  readonly name: string;
}

const NAMES_MAX = 20;

/** `vm:shop container:web +3`: the first ones by name, and how many there are besides. */
export function unmanagedText(all: readonly Unmanaged[]): string | undefined {
  if (all.length === 0) return undefined;
  const words = all.slice(0, NAMES_MAX).map(({ kind, name }) => `${kind}:${encoded(name)}`);
  const more = all.length - words.length;
  return [...words, ...(more > 0 ? [`+${String(more)}`] : [])].join(' ');
}

/** Names of libvirt may have blanks. */
const encoded = (name: string): string => name.replaceAll('%', '%25').replaceAll(' ', '%20');
const decoded = (name: string): string => name.replaceAll('%20', ' ').replaceAll('%25', '%');

export interface UnmanagedList {
  readonly named: readonly Unmanaged[];
  /** So many are not named. */
  readonly more: number;
}

/** What is none of ours is left out. */
export function parseUnmanaged(text: string | undefined): UnmanagedList {
  const words = (text ?? '').split(' ');
  const named = words.flatMap((word): readonly Unmanaged[] => {
    const [, kind, name = ''] = /^(vm|container):(.+)$/.exec(word) ?? [];
    return kind === 'vm' || kind === 'container' ? [{ kind, name: decoded(name) }] : [];
  });
  const more = Number(/^\+(\d{1,6})$/.exec(words.at(-1) ?? '')?.[1] ?? 0);
  return { named, more };
}

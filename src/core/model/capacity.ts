/** What a node has, as its daemon has found it: for whoever has configured no utilization for it. */

/** The value is `memory=7963 cpu=4`: MiB, and processors. */
export const CAPACITY_ATTRIBUTE = '#capacity';

export const capacityText = (memoryMib: number, cpus: number): string =>
  `memory=${String(Math.floor(memoryMib))} cpu=${String(cpus)}`;

/** What is none of ours is left out. */
export function parseCapacity(text: string | undefined): Readonly<Record<string, number>> {
  const found = (text ?? '').split(' ').flatMap((word): readonly (readonly [string, number])[] => {
    const [, name, value] = /^(memory|cpu)=(\d{1,12})$/.exec(word) ?? [];
    return name === undefined ? [] : [[name, Number(value)]];
  });
  return Object.fromEntries(found);
}

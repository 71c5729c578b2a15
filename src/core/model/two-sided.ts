/**
 * Classes of which a live migration has something that waits at its target, and whose `migrate_to` ends with an
 * error only where the resource was seen to run on (docs/decisions/machines.md, containers.md).
 */
export const TWO_SIDED: ReadonlySet<string> = new Set(['vm', 'container']);

/** Explicit order by code units: a replicated state must not depend on insertion order. */
export function sortedKeys<K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] {
  return (Object.keys(record) as K[]).sort(byCodeUnits);
}

export function sortedValues<K extends string, V>(record: Readonly<Record<K, V>>): readonly V[] {
  return sortedKeys(record).map((key) => record[key]);
}

export function byCodeUnits(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function without<K extends string, V>(
  record: Readonly<Record<K, V>>,
  key: K,
): Readonly<Record<K, V>> {
  const { [key]: _removed, ...rest } = record;
  return rest as Readonly<Record<K, V>>;
}

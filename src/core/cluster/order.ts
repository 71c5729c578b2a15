/** Explicit order by code units: a replicated state must not depend on insertion order. */
export function sortedKeys<K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] {
  const keys = Object.keys(record) as K[];
  // Most come in order.
  for (let at = 1; at < keys.length; at += 1) {
    if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return keys.sort(byCodeUnits);
  }
  return keys;
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

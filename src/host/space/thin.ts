/** Thin pools of LVM, as `lvs` reports them (lvs(8), lvmreport(7)): device-mapper's dm-thin. */

export interface ThinPool {
  /** `vg/pool` */
  readonly at: string;
  readonly total: number;
  readonly free: number;
  /** What its volumes may still take. */
  readonly growth: number;
  readonly volumes: number;
}

export const LVS_WORDS = [
  '--reportformat=json',
  '--units=b',
  '--nosuffix',
  '--options=vg_name,lv_name,lv_size,pool_lv,data_percent,metadata_percent,segtype',
] as const;

type Row = Readonly<Record<string, string>>;

/** Of what is printed; nothing where it is not understood. */
export function thinPoolsIn(output: string): readonly ThinPool[] {
  const rows = rowsIn(output);
  return rows
    .filter((row) => row['segtype'] === 'thin-pool')
    .map((pool): ThinPool => {
      const group = pool['vg_name'] ?? '';
      const name = pool['lv_name'] ?? '';
      const total = Number(pool['lv_size'] ?? 0);
      const own = rows.filter((row) => row['vg_name'] === group && row['pool_lv'] === name);
      const growth = own.reduce((sum, row) => sum + Number(row['lv_size'] ?? 0) - usedOf(row), 0);
      const free = Math.max(0, total - usedOf(pool));
      return { at: `${group}/${name}`, total, free, growth, volumes: own.length };
    })
    .filter(({ total }) => Number.isFinite(total) && total > 0);
}

/** A pool whose metadata is full takes nothing more, whatever room its data has: the fuller one counts. */
const usedOf = (row: Row): number => {
  const percent = Math.max(Number(row['data_percent'] || 0), Number(row['metadata_percent'] || 0));
  return Math.round((Number(row['lv_size'] ?? 0) * percent) / 100);
};

function rowsIn(output: string): readonly Row[] {
  try {
    const { report } = JSON.parse(output) as { report?: readonly { lv?: readonly Row[] }[] };
    return (report ?? []).flatMap(({ lv }) => lv ?? []);
  } catch {
    return [];
  }
}

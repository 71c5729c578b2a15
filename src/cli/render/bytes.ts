/** "1.5 GiB", "310 MiB", "12 KiB", "5 B". */
export function byteText(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1000) return `${shortNumber(value)} ${unit}`;
    value /= 1024;
  }
  return `${shortNumber(value)} TiB`;
}

const shortNumber = (value: number): string =>
  value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));

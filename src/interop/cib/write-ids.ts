/** Ids for elements that the model does not name (nvpair, expression …), each only once. */

export type IdMaker = (wanted: string) => string;

/** An XML ID holds letters, digits, `_`, `-` and `.`; the second of a name gets a number. */
export function idMaker(): IdMaker {
  const numbers = new Map<string, number>();
  return (wanted) => {
    const base = wanted.replaceAll(/[^\w.-]/g, '_').replace(/^(?=[\d.-])/, '_');
    const number = (numbers.get(base) ?? 0) + 1;
    numbers.set(base, number);
    return number === 1 ? base : `${base}--${number}`;
  };
}

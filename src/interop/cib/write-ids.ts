/** Ids of a document, each only once (XML 1.0, "Validity constraint: ID"). */

export interface IdMaker {
  /** An id for an element that the model does not name (nvpair, expression …). */
  readonly make: (wanted: string) => string;
  /** The model's own id; one that stands elsewhere already (an id-ref was resolved) gets a number. */
  readonly keep: (id: string) => string;
}

export function idMaker(): IdMaker {
  const taken = new Set<string>();
  const numbers = new Map<string, number>();
  const take = (id: string): string => {
    taken.add(id);
    return id;
  };
  const make = (wanted: string): string => {
    // An XML ID holds letters, digits, `_`, `-` and `.`, and begins with a letter or `_`.
    const base = wanted.replaceAll(/[^\w.-]/g, '_').replace(/^(?=[\d.-])/, '_');
    if (!taken.has(base)) return take(base);
    let number = numbers.get(base) ?? 2;
    while (taken.has(`${base}--${number}`)) number += 1;
    numbers.set(base, number + 1);
    return take(`${base}--${number}`);
  };
  const keep = (id: string): string => (id === '' || !taken.has(id) ? take(id) : make(id));
  return { make, keep };
}

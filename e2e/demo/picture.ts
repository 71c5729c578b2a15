/** The demonstration as a picture for the README: what a terminal showed, as SVG. Pure. */

/** Of a light-on-dark terminal. Keys are SGR parameters (ECMA-48, 8.3.117). */
const colours: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};
const plainColour = '#e6edf3';
const background = '#0d1117';
const cell = { width: 8.4, height: 18, size: 14 } as const;
const margin = 16;

/** Keeps the parts under these headings; a heading is a line that ends in a rule. */
export function partsUnder(lines: readonly string[], titles: readonly string[]): readonly string[] {
  let isKept = false;
  return lines.filter((line) => {
    if (line.includes('───')) isKept = titles.some((title) => line.includes(title));
    return isKept;
  });
}

/** `lines` may hold colours as a terminal is told of them. */
export function picture(lines: readonly string[]): string {
  const width = Math.max(...lines.map((line) => withoutStyle(line).length));
  const size = {
    width: Math.ceil(width * cell.width + 2 * margin),
    height: lines.length * cell.height + 2 * margin,
  };
  const rows = lines.map((line, at) => {
    const y = margin + (at + 0.75) * cell.height;
    return `<text x="${String(margin)}" y="${String(y)}">${spans(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(size.width)} ${String(size.height)}"`,
    ` font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"`,
    ` font-size="${String(cell.size)}" fill="${plainColour}" xml:space="preserve">`,
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const styles = /\u001b\[([0-9;]*)m/;

const withoutStyle = (line: string): string => line.replaceAll(new RegExp(styles, 'g'), '');

/** Every run of one style has a place of its own, so that no font can shift what follows. */
function spans(line: string): string {
  const style = { colour: plainColour, weight: 'normal', opacity: '1' };
  let column = 0;
  let text = '';
  for (const [at, part] of line.split(styles).entries()) {
    if (at % 2 === 1) {
      apply(style, part);
    } else if (part !== '') {
      const x = (margin + column * cell.width).toFixed(1);
      const length = (part.length * cell.width).toFixed(1);
      const look = `fill="${style.colour}" font-weight="${style.weight}" opacity="${style.opacity}"`;
      text += `<tspan x="${x}" textLength="${length}" ${look}>${escaped(part)}</tspan>`;
      column += part.length;
    }
  }
  return text;
}

function apply(style: { colour: string; weight: string; opacity: string }, code: string): void {
  if (code === '1') style.weight = 'bold';
  else if (code === '2') style.opacity = '0.65';
  else if (code === '22') Object.assign(style, { weight: 'normal', opacity: '1' });
  else style.colour = colours[code] ?? plainColour;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
